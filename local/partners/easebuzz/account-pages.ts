import { clock, escape } from '../page.ts';
import type { Account, Accounts, Credit } from './accounts.ts';
import { newest, page, table } from './html.ts';

const rupees = (amount: number) => `₹${amount.toFixed(2)}`;

const payLink = ({ upi }: Account) => `<a href="/upi/${encodeURIComponent(upi)}">${escape(upi)}</a>`;

/** Virtual accounts, orders and credits for a person. The page of a UPI handle is where that person pays. */
export const accountTables = ({ accounts, orders, credits, orderOf, paidTo }: Accounts): string[] => {
  const own = newest([...accounts.values()].filter((account) => !orderOf(account))).map((account) => [
    clock(account.at),
    escape(account.label),
    payLink(account),
    account.isActive ? 'takes money' : '<b>switched off</b>',
    rupees(paidTo(account)),
  ]);
  const ordered = newest([...orders.values()]).map(({ number, sent, account, at }) => [
    clock(at),
    escape(number),
    payLink(account),
    `${rupees(paidTo(account))} of ₹${escape(sent['amount'] ?? '')}`,
    account.isActive ? '' : '<b>switched off</b>',
  ]);
  const credited = newest([...credits.values()]).map((credit) => [
    clock(credit.at),
    escape(credit.id),
    `${rupees(credit.amount)} to ${escape(credit.account.label)}`,
    `<b>${escape(credit.status)}</b> ${escape(credit.mode)}`,
    [credit.isWithdrawn ? 'withdrawn' : '', credit.settlementId ? 'settled' : ''].filter(Boolean).join(', '),
  ]);
  return [table('Virtual accounts', own), table('Orders', ordered), table('Credits', credited)];
};

/** Where somebody pays to a UPI handle, as their own app would after a scan. Of an order the amount that is left is filled in. */
export const payPage = (account: Account, { orderOf, paidTo }: Accounts) => {
  const order = orderOf(account);
  const left = order ? Math.max(0, Number(order.sent['amount']) - paidTo(account)).toFixed(2) : '';
  return page(
    'Pay',
    `<h1>${escape(account.label)}</h1>
<p>${escape(account.upi)}<br><small>${escape(account.accountNumber)} · ${escape(account.ifsc)}</small></p>
${account.isActive ? '' : '<p>This account is switched off. Money that is sent to it arrives all the same.</p>'}
<form method="post"><label>Rupees <input name="amount" inputmode="decimal" required pattern="\\d{1,7}([.]\\d{1,2})?" value="${left}" autofocus></label>
<label>With <select name="mode">${['UPI', 'IMPS', 'NEFT', 'RTGS'].map((mode) => `<option>${mode}</option>`).join('')}</select></label>
<button value="success">Pay</button></form>
<small>A simulator: no money moves.</small>`,
  );
};

export const paidPage = ({ amount, utr, account }: Credit, isTold: boolean) =>
  page(
    'Paid',
    `<h1>Paid</h1><p class="amount">${rupees(amount)}</p>
<p>to ${escape(account.label)} · <small>UTR ${escape(utr)}</small></p>
${isTold ? '' : '<p>Nobody has said where its event goes, so the merchant does not hear of it.</p>'}
<p>${payLink(account)}: pay again</p>`,
  );

/** In place of a code that a phone could scan: the handle in words. */
export const handleImage = ({ upi }: Account) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="300" height="300" fill="#fff"/><text x="150" y="155" font-family="monospace" font-size="14" text-anchor="middle">${escape(upi)}</text></svg>`;
