import type { Endpoint } from '../http/endpoint.ts';
import { balances } from './balances.ts';
import { collections } from './collections/collections.ts';
import { hubCash } from './collections/hub-cash.ts';
import { ownCollections } from './collections/own-collections.ts';
import { unattributed } from './collections/unattributed.ts';
import { vehicleQr } from './collections/vehicle-qr.ts';
import { deposit } from './deposit.ts';
import { dues } from './books/dues.ts';
import { earnings } from './earnings.ts';
import { gatewayEvents } from './gateway/gateway-events.ts';
import { gatewayWebhooks } from './gateway/gateway-webhooks.ts';
import { incentives } from './incentives.ts';
import { ledgerAdministration } from './books/ledger-administration.ts';
import { ledger } from './books/ledger.ts';
import { orderRefunds } from './orders/order-refunds.ts';
import { orders } from './orders/orders.ts';
import { ownPenalties } from './penalties/own-penalties.ts';
import { penalties } from './penalties/penalties.ts';
import { ownRentals } from './rentals/own-rentals.ts';
import { bulkControl } from './payouts/bulk-control.ts';
import { bulkPayouts } from './payouts/bulk-payouts.ts';
import { bulkReports } from './payouts/bulk-reports.ts';
import { payouts } from './payouts/payouts.ts';
import { aggregates } from './payouts/aggregates.ts';
import { depositRefunds } from './payouts/deposit-refunds.ts';
import { payoutDecisions } from './payouts/decisions.ts';
import { pendingPayouts } from './payouts/pending-payouts.ts';
import { rentalPlans } from './rentals/plans.ts';
import { rentalPurchase } from './rentals/purchase.ts';
import { rentals } from './rentals/rentals.ts';
import { refunds } from './gateway/refunds.ts';
import { resultPages } from './gateway/result-pages.ts';
import { wallet } from './payouts/wallet.ts';
import { transactions } from './transactions.ts';

/** The routes of money. */
export const moneyEndpoints: readonly Endpoint[] = [
  ...balances,
  ...transactions,
  ...deposit,
  ...ownPenalties,
  ...penalties,
  ...incentives,
  ...rentalPlans,
  ...rentalPurchase,
  ...ownRentals,
  ...rentals,
  ...earnings,
  ...ownCollections,
  ...collections,
  ...unattributed,
  ...hubCash,
  ...vehicleQr,
  ...orders,
  ...orderRefunds,
  ...pendingPayouts,
  ...wallet,
  ...payouts,
  ...bulkPayouts,
  ...bulkReports,
  ...bulkControl,
  ...aggregates,
  ...depositRefunds,
  ...payoutDecisions,
  ...dues,
  ...refunds,
  ...gatewayWebhooks,
  ...resultPages,
  ...gatewayEvents,
  ...ledger,
  ...ledgerAdministration,
];
