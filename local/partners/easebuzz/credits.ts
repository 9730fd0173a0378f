import type { Express } from 'express';
import { z } from 'zod';
import type { Credit } from './accounts.ts';
import type { Said } from './answering.ts';
import { handleImage, paidPage, payPage } from './account-pages.ts';
import { istText } from './books.ts';
import type { Books } from './books.ts';
import type { Events } from './events.ts';
import { exactly, numeric, roundedRupees, wireLiteral } from './numbers.ts';

/** Source: easebuzz.md 2.3. */
export const creditRow = (credit: Credit, said: Said = {}) => {
  const { account, serviceCharge, gst } = credit;
  return {
    id: numeric(credit.id),
    ...{
      created_at: istText(credit.at),
      transaction_date: `${istText(credit.at)}.${credit.at.slice(20, 23)}000+05:30`,
    },
    ...{ settlement_date: null, remitter_full_name: credit.remitterName, remitter_upi_handle: 'payer@simulator' },
    ...{ remitter_account_number: '', remitter_account_ifsc: '', remitter_phone_number: '' },
    ...{ unique_transaction_reference: credit.utr, payment_mode: credit.mode },
    amount: numeric(said.amount ?? wireLiteral(credit.amount)),
    ...{ service_charge: exactly(wireLiteral(serviceCharge)), gst_amount: exactly(wireLiteral(gst)) },
    service_charge_with_gst: exactly(wireLiteral(roundedRupees(serviceCharge + gst))),
    ...{ narration: '', status: said.word ?? credit.status },
    virtual_account: {
      ...{ id: account.id, label: account.label, virtual_account_number: account.accountNumber },
      ...{ virtual_ifsc_number: account.ifsc, virtual_upi_handle: account.upi },
    },
    ...{ metadata: { upi_params_tr: '', upi_params_tid: '' }, is_cc_on_upi: false },
  };
};

const Rupees = z.coerce.number().transform(roundedRupees);

/** A credit to be booked and told, or a known one with another status. */
const Wanted = z.object({
  /** Its account's id or UPI handle; of a known credit neither this nor the amount is needed. */
  account: z.string().optional(),
  amount: Rupees.pipe(z.number().positive()).optional(),
  id: z.string().min(1).optional(),
  utr: z.string().optional(),
  status: z.string().default('received'),
  at: z.iso.datetime({ offset: true }).optional(),
  mode: z.string().optional(),
  serviceCharge: Rupees.pipe(z.number().min(0)).optional(),
  gst: Rupees.pipe(z.number().min(0)).optional(),
  remitterName: z.string().optional(),
  /** The event goes out, and the gateway's lists know nothing of it. */
  withdraw: z.boolean().default(false),
  dialect: z.enum(['public', 'legacy']).default('public'),
});

export type CreditWanted = z.input<typeof Wanted>;

const without = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

const bookedOf = (books: Books, wanted: z.output<typeof Wanted>): Credit | null => {
  const { id, utr, status, at, mode, serviceCharge, gst, remitterName } = wanted;
  const told = {
    ...without({ utr, mode, serviceCharge, gst, remitterName, at: at && new Date(at).toISOString() }),
    ...{ status, isWithdrawn: wanted.withdraw },
  };
  const known = books.credits.get(id ?? '');
  if (known) return Object.assign(known, told);
  const account = books.accountOf(wanted.account ?? '');
  if (!account || wanted.amount === undefined) return null;
  return books.book({ ...told, ...without({ id }), account, amount: wanted.amount });
};

/** The control that books credits. It answers the credit. */
export const creditControl = (app: Express, books: Books, events: Events) => {
  app.post('/_fake/credits', (request, response) => {
    const wanted = Wanted.safeParse(request.body);
    if (!wanted.success) return void response.status(400).json({ message: z.prettifyError(wanted.error) });
    const credit = bookedOf(books, wanted.data);
    if (!credit)
      return void response.status(400).json({ message: 'account (id or UPI handle) and amount, or a known id' });
    if (!events.sendCredit(credit, wanted.data.dialect))
      return void response
        .status(409)
        .json({ message: 'It is booked, but nobody has said where its event goes: POST /_fake/settings' });
    response.json(credit);
  });
};

const Paid = z.object({ amount: z.string().regex(/^\d{1,7}(?:\.\d{1,2})?$/), mode: z.string().default('UPI') });

/** The pages of a UPI handle, where a person pays to its account. */
export const upiPages = (app: Express, books: Books, events: Events) => {
  app.get('/upi/:handle', (request, response) => {
    const account = books.accountOf(request.params.handle);
    if (!account) return void response.status(404).type('text').send('There is no such UPI handle');
    response.type('html').send(payPage(account, books));
  });
  app.post('/upi/:handle', (request, response) => {
    const account = books.accountOf(request.params.handle);
    const paid = Paid.safeParse(request.body);
    if (!account) return void response.status(404).type('text').send('There is no such UPI handle');
    const amount = Number(paid.data?.amount ?? 0);
    if (!paid.success || amount === 0)
      return void response.status(400).type('text').send('The amount is in rupees, above zero: 150 or 150.50');
    const credit = books.book({ account, amount, mode: paid.data.mode, status: 'received' });
    const isTold = events.sendCredit(credit, 'public');
    response.type('html').send(paidPage(credit, isTold));
  });
  app.get('/upi/:handle/qr.svg', (request, response) => {
    const account = books.accountOf(request.params.handle);
    if (!account) return void response.status(404).type('text').send('There is no such UPI handle');
    response.type('svg').send(handleImage(account));
  });
};
