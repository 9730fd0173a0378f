import { clock, escape } from '../page.ts';
import { newest, table } from './html.ts';
import { masked } from './wallet.ts';
import type { Wallet } from './wallet.ts';

/** The wallet and what was paid from it, for a person. */
export const transferTables = ({ balance, transfers }: Wallet): string[] => {
  const rows = newest([...transfers.values()]).map((transfer) => [
    clock(transfer.at),
    escape(transfer.number),
    `₹${transfer.amount.toFixed(2)} to ${escape(transfer.sent['beneficiary_name'] ?? '')} ${escape(masked(transfer))}`,
    `<b>${escape(transfer.word)}</b> ${escape(transfer.sent['payment_mode'] ?? '')}`,
    escape(transfer.utr || transfer.failureReason),
  ]);
  return [table('Wallet', [[`₹${balance().toFixed(2)} for transfers`]]), table('Transfers', rows)];
};
