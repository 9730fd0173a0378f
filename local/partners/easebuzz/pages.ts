import { clock, escape } from '../page.ts';
import { accountTables } from './account-pages.ts';
import type { Books, Payment } from './books.ts';
import type { Fields } from './hashes.ts';
import { newest, page, table } from './html.ts';
import { transferTables } from './transfer-pages.ts';

const choices: [choice: string, label: string][] = [
  ['success', 'Pay'],
  ['failure', 'Let the bank refuse it'],
  ['cancel', 'Cancel'],
  ['slow', 'Pay through a slow bank: pending now, paid in 20 seconds'],
  ['close', 'Pay and close the tab: nobody comes back'],
];

/** Where the payer decides. Source: easebuzz.md, Fake gateway. */
export const checkoutPage = ({ sent, word }: Payment) =>
  page(
    'Checkout',
    `<h1>${escape(sent['productinfo'] ?? '')}</h1>
<p class="amount">₹${escape(sent['amount'] ?? '')}</p>
<p>${escape(sent['firstname'] ?? '')} · <small>${escape(sent['txnid'] ?? '')}</small></p>
${
  word === 'initiated'
    ? `<form method="post"><label>With <select name="mode">${['UPI', 'CC', 'DC', 'NB', 'EMI', 'MW'].map((mode) => `<option>${mode}</option>`).join('')}</select></label>
${choices.map(([choice, label]) => `<button name="choice" value="${choice}">${label}</button>`).join('\n')}</form>`
    : `<p>This payment ${word === 'pending' ? 'is still under way' : 'is over'}: <b>${escape(word)}</b>.</p>`
}
<small>A simulator: no money moves.</small>`,
  );

/** Brings the browser back to the merchant: a form that sends itself, as the gateway's does. */
export const returnPage = (url: string, fields: Fields) =>
  page(
    'Back to the merchant',
    `<h1>Back to the merchant …</h1>
<form method="post" action="${escape(url)}">${Object.entries(fields)
      .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
      .join('')}<button>Go now</button></form><script>document.forms[0].submit();</script>`,
  );

export const closedPage = page(
  'Paid',
  '<h1>Paid, and the tab is closed.</h1><p>The merchant hears of it by webhook only.</p>',
);

/** The books of the gateway for a person: what was paid, given back, settled, and which events went out. */
export const booksPage = (books: Books) => {
  const { payments, refunds, wallet, settlements, refundedOf, log } = books;
  const shown = newest([...payments.values()]).map(({ sent, accessKey, word, mode, easepayid, settlementId, at }) => [
    clock(at),
    `<a href="/pay/${accessKey}">${escape(sent['txnid'] ?? '')}</a>`,
    `₹${escape(sent['amount'] ?? '')}`,
    `<b>${escape(word)}</b> ${escape(mode)}`,
    [refundedOf(easepayid) > 0 ? `₹${refundedOf(easepayid).toFixed(2)} given back` : '', settlementId ? 'settled' : '']
      .filter(Boolean)
      .join(', '),
  ]);
  const given = newest(refunds).map(({ merchantRefundId, amount, word }) => [
    escape(merchantRefundId),
    `₹${amount.toFixed(2)}`,
    escape(word),
  ]);
  const settled = newest(settlements).map(({ payout_id, payout_date, payout_amount, product, transactions }) => [
    payout_date,
    payout_id,
    `₹${payout_amount.toFixed(2)}`,
    `${transactions.length} ${product === 'PAY_IN' ? 'payments' : 'credits'}`,
  ]);
  const events = newest(log.filter(({ kind }) => kind === 'sent')).map(({ at, detail }) => {
    const { fields, status, attempt } = detail as { fields: Fields; status: number; attempt: number };
    return [
      clock(at),
      escape(fields['txnid'] ?? fields['id'] ?? fields['number'] ?? ''),
      escape(fields['status'] ?? ''),
      `attempt ${attempt}: ${status || 'no answer'}`,
    ];
  });
  return [
    ...[table('Payments', shown), table('Refunds', given), ...accountTables(books)],
    ...[...transferTables(wallet), table('Settlements', settled), table('Events', events)],
  ].join('');
};
