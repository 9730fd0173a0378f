import { Router } from 'express';
import type { Said } from './answering.ts';
import { istText } from './books.ts';
import type { Books } from './books.ts';
import type { Fields } from './hashes.ts';
import { exactly, numeric, roundedRupees, wireLiteral } from './numbers.ts';
import type { TransferCall } from './scenarios.ts';
import type { Settling } from './settling.ts';
import { usualWallet } from './wallet.ts';
import type { Transfer } from './wallet.ts';
import { amountPattern, refuse, says } from './wire-routes.ts';
import type { Act, WireHandler } from './wire-routes.ts';

/** What a transfer demands. A transfer to a UPI handle goes by UPI, any other does not. Source: easebuzz.md 4.1. */
const patterns: Record<string, RegExp> = {
  beneficiary_name: /^[A-Za-z0-9&'\-._ ()/,@]{1,100}$/,
  unique_request_number: /^[A-Za-z0-9]{1,64}$/,
  amount: amountPattern,
};
const patternsOf: Record<string, Record<string, RegExp>> = {
  bank_account: {
    account_number: /^[A-Za-z0-9]{6,18}$/,
    ifsc: /^[A-Z]{4}0[A-Z0-9]{6}$/,
    upi_handle: /^$/,
    payment_mode: /^(?:IMPS|NEFT|RTGS)$/,
  },
  upi: { account_number: /^$/, ifsc: /^$/, upi_handle: /^[\w.-]{2,256}@[A-Za-z]{2,64}$/, payment_mode: /^UPI$/ },
};
const optional: Record<string, RegExp> = { narration: /^[A-Za-z0-9 -]{1,50}$/, phone: /^\d{10}$/, email: /^\S+@\S+$/ };

const faultOf = (fields: Fields): string | undefined => {
  const kind = patternsOf[fields['beneficiary_type'] ?? ''];
  if (!kind) return 'beneficiary_type';
  const needed = Object.entries({ ...patterns, ...kind }).find(([name, pattern]) => !pattern.test(fields[name] ?? ''));
  const given = Object.entries(optional).find(([name, pattern]) => name in fields && !pattern.test(fields[name] ?? ''));
  return (needed ?? given)?.[0];
};

/** What the gateway says of a transfer to whoever asks, and in its event. Source: easebuzz.md 4.1. */
export const transferRow = (transfer: Transfer, said: Said = {}) => {
  const { sent, serviceCharge, gst, paidAt } = transfer;
  const text = (name: string) => sent[name] ?? '';
  return {
    ...{ id: transfer.id, unique_request_number: transfer.number, status: said.word ?? transfer.word },
    ...{ failure_reason: transfer.failureReason || null, beneficiary_id: null, created_at: istText(transfer.at) },
    ...{ unique_transaction_reference: transfer.utr, payment_mode: text('payment_mode') },
    ...{ amount: numeric(said.amount ?? wireLiteral(transfer.amount)), currency: 'INR', narration: text('narration') },
    ...{ beneficiary_bank_name: '', beneficiary_account_name: text('beneficiary_name') },
    ...{ beneficiary_account_number: text('account_number'), beneficiary_account_ifsc: text('ifsc') },
    ...{ beneficiary_upi_handle: text('upi_handle'), service_charge: exactly(wireLiteral(serviceCharge)) },
    ...{ gst_amount: exactly(wireLiteral(gst)) },
    service_charge_with_gst: exactly(wireLiteral(roundedRupees(serviceCharge + gst))),
    ...{ queue_on_low_balance: transfer.word === 'queued', transfer_date: paidAt && istText(paidAt).slice(0, 10) },
    udf1: text('udf1'),
  };
};

/** The calls of transfers, each a value. Source: easebuzz.md 4.1, 4.2, and 2.2 of the wallet. */
const transferCalls = (books: Books, settling: Settling, wallet: string): Record<TransferCall, Act> => ({
  transfer: (fields, said, { apiPort }, { becomes, becomesAfterMs }) => {
    const fault = faultOf(fields);
    if (fault) return refuse(`${fault} is not valid`);
    const number = fields['unique_request_number'] ?? '';
    if (books.wallet.transfers.has(number)) return refuse(duplicate);
    const transfer = settling.take({ number, sent: fields, becomes, becomesAfterMs, apiPort });
    return says({ transfer_request: transferRow(transfer, said) });
  },

  transferState: ({ unique_request_number: number = '' }, said) => {
    const transfer = books.wallet.transfers.get(number);
    return transfer ? says({ transfer_request: transferRow(transfer, said) }) : refuse('Transfer not found');
  },

  wallet: (_fields, said) =>
    says({
      virtual_account: {
        ...{ id: wallet, label: 'Wallet', virtual_account_number: wallet, virtual_ifsc_number: 'SIMU0000001' },
        ...{ is_active: true, balance_amount: numeric(said.amount ?? wireLiteral(books.wallet.balance())) },
      },
    }),
});

const duplicate = 'Duplicate unique_request_number';

const missing = (body: object) => ('success' in body && body.success === false ? 404 : 200);

/** Their routes. By the path a transfer that is not known is a 404, by the query it is a refusal. */
export const transferRoutes = (books: Books, settling: Settling, handle: WireHandler, wallet = usualWallet): Router => {
  const acts = transferCalls(books, settling, wallet);
  const state = { call: 'transferState', act: acts.transferState } as const;

  const router = Router({ mergeParams: true, caseSensitive: true });
  router.post('/api/v1/quick_transfers/initiate/', handle({ call: 'transfer', act: acts.transfer, duplicate }));
  router.get('/api/v1/transfers/:unique_request_number/', handle({ ...state, statusOf: missing }));
  router.get('/api/v1/transfers/', handle(state));
  const walletPath = `/api/v1/insta-collect/virtual_accounts/:id`;
  const readWallet = handle({ call: 'wallet', act: acts.wallet });
  router.get(walletPath, (request, response, next) =>
    request.params.id === wallet ? readWallet(request, response, next) : next(),
  );
  return router;
};
