import type { Prisma } from '../../prisma/generated/client.ts';
import { matches } from '../http/matches.ts';
import type { Caller } from '../http/scope.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { everything, inOwnScope, nothing } from '../http/subject.ts';
import type { SubjectRules, Wanted } from '../http/subject.ts';
import { withOpenShift } from '../../prisma/collections.ts';
import type { Services } from '../services.ts';
import { withAccount } from './orders/order-rows.ts';
import { withFleets } from './gateway/gateway-event-rows.ts';
import type { EventOfFleet } from './gateway/gateway-event-rows.ts';

/** Rows that carry their fleet: staff of finance see those of their own. */
const ofOwnFleet = ({ role, fleetId }: Caller) => {
  if (role === 'SUPER_ADMIN') return everything;
  return (role === 'FLEET_ADMIN' || role === 'MANAGER') && fleetId ? { fleetId } : nothing;
};

const ofOwnDriver = ({ driverId }: Caller) => ({ driverId: { in: driverId ? [driverId] : [] } });

const visibleTransactions = (caller: Caller): Prisma.TransactionWhereInput =>
  caller.role === 'DRIVER' ? ofOwnDriver(caller) : ofOwnFleet(caller);

/** Rows of a driver: staff see those of their fleet, operations those of drivers of their hubs, drivers their own. */
const ofDrivers = (caller: Caller) => {
  if (caller.role === 'DRIVER') return ofOwnDriver(caller);
  if (caller.role !== 'OPERATIONS') return inOwnScope(caller);
  return caller.fleetId ? { fleetId: caller.fleetId, driver: { hubId: { in: caller.hubIds } } } : nothing;
};

/** Orders carry the fleet and the hub of whoever made them. */
const ofOwnHubs = (caller: Caller) => (caller.role === 'DRIVER' ? nothing : inOwnScope(caller));

/** Without a transaction an event belongs to no fleet, and SUPER_ADMIN alone sees it. */
const loadEvent = async ({ db }: Services, wanted: Wanted<object>): Promise<EventOfFleet | null> => {
  const row = 'id' in wanted ? await db.gatewayEvent.findUnique({ where: { id: wanted.id } }) : null;
  const [event] = row ? await withFleets(db, [row]) : [];
  if (!event) return null;
  return matches(wanted.AND ?? everything, event) ? event : null;
};

export const moneySubjects = {
  transaction: {
    visible: visibleTransactions,
    load: ({ db }: Services, where: Wanted<Prisma.TransactionWhereInput>) => db.transaction.findFirst({ where }),
  },
  penalty: {
    visible: ofDrivers,
    load: ({ db }: Services, where: Wanted<Prisma.PenaltyWhereInput>) => db.penalty.findFirst({ where }),
    unique: { penalties_blacklist_key: () => refusal('DRIVER_ALREADY_BLACKLISTED') },
  },
  rentalPlan: {
    // A driver may name any plan: what is not theirs to buy is refused by its own words.
    visible: (caller: Caller) => (caller.role === 'DRIVER' ? everything : ofOwnFleet(caller)),
    load: ({ db }: Services, where: Wanted<Prisma.RentalPlanWhereInput>) => db.rentalPlan.findFirst({ where }),
    unique: { rental_plans_name_key: () => refusal('PLAN_NAME_TAKEN') },
  },
  rental: {
    visible: ofDrivers,
    load: ({ db }: Services, where: Wanted<Prisma.RentalWhereInput>) => db.rental.findFirst({ where }),
    unique: { transactions_paymentReference_key: () => refusal('PAYMENT_REFERENCE_TAKEN') },
  },
  incentive: {
    visible: ofDrivers,
    load: ({ db }: Services, where: Wanted<Prisma.IncentiveWhereInput>) => db.incentive.findFirst({ where }),
  },
  collection: {
    visible: ofDrivers,
    load: ({ db }: Services, where: Wanted<Prisma.DailyCollectionWhereInput>) =>
      db.dailyCollection.findFirst({ where, include: withOpenShift }),
    unique: { hub_bankings_hubId_slipNumber_key: () => refusal('SLIP_NUMBER_USED') },
  },
  payout: {
    visible: ofDrivers,
    load: ({ db }: Services, where: Wanted<Prisma.PayoutWhereInput>) => db.payout.findFirst({ where }),
    unique: { payout_decisions_utr_key: () => refusal('UTR_USED') },
  },
  bulkPayout: {
    visible: ofOwnFleet,
    load: ({ db }: Services, where: Wanted<Prisma.BulkPayoutWhereInput>) => db.bulkPayout.findFirst({ where }),
    unique: { bulk_payouts_sending_key: () => refusal('BULK_IN_PROGRESS') },
  },
  walletTopup: {
    visible: ({ role }: Caller) => (role === 'SUPER_ADMIN' ? everything : nothing),
    // They have no short id.
    load: ({ db }: Services, where: Wanted<Prisma.WalletTopupWhereInput>) =>
      'id' in where ? db.walletTopup.findFirst({ where }) : Promise.resolve(null),
    unique: { wallet_topups_bankReference_key: () => refusal('BANK_REFERENCE_USED') },
  },
  unattributedReceipt: {
    visible: ofOwnFleet,
    load: ({ db }: Services, wanted: Wanted<Prisma.VirtualCreditWhereInput>) =>
      'id' in wanted
        ? db.virtualCredit.findFirst({ where: { ...wanted, reason: { not: null } } })
        : Promise.resolve(null),
  },
  order: {
    visible: ofOwnHubs,
    load: ({ db }: Services, where: Wanted<Prisma.PaymentOrderWhereInput>) =>
      db.paymentOrder.findFirst({ where, include: withAccount }),
  },
  gatewayEvent: { visible: ofOwnFleet, load: loadEvent },
} satisfies Record<string, SubjectRules>;
