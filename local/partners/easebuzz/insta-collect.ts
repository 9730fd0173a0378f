import { Router } from 'express';
import type { Account, Order } from './accounts.ts';
import type { Said } from './answering.ts';
import { istText } from './books.ts';
import type { Books } from './books.ts';
import { creditRow } from './credits.ts';
import type { Fields } from './hashes.ts';
import { numeric, wireLiteral } from './numbers.ts';
import type { WireCall } from './scenarios.ts';
import { amountPattern, refuse, says } from './wire-routes.ts';
import type { Act, WireHandler } from './wire-routes.ts';

const pageSizeMax = 100;

const numberPattern = /^[\w-]{1,64}$/;

const links = ({ upi }: Account, origin: string) => {
  const url = `${origin}/upi/${encodeURIComponent(upi)}`;
  return { upi_qrcode_url: url, upi_qrcode_remote_file_location: `${url}/qr.svg` };
};

const accountRow = (account: Account, origin: string) => ({
  ...{ id: account.id, label: account.label, description: account.description },
  ...{ virtual_account_number: account.accountNumber, virtual_ifsc_number: account.ifsc },
  ...{ virtual_upi_handle: account.upi, ...links(account, origin) },
  ...{ is_active: account.isActive, auto_deactivate_at: null, created_at: istText(account.at) },
});

/** The other names that callers know the parts of an account by. Source: easebuzz.md 3.1. */
const orderAccountRow = (account: Account, origin: string) => ({
  ...{ id: account.id, account_number: account.accountNumber, ifsc: account.ifsc, upi_handle: account.upi },
  ...links(account, origin),
});

/** The calls of virtual accounts and orders, each a value. Source: easebuzz.md 2.1, 2.2, 3.1, 3.2. */
const wireCalls = (books: Books): Record<WireCall, Act> => {
  const orderRow = (order: Order, origin: string, said: Said) => {
    const paid = books.paidTo(order.account);
    const left = Number(order.sent['amount']) - paid;
    return {
      ...{ id: order.id, payment_link: links(order.account, origin).upi_qrcode_url },
      ...{ amount: numeric(order.sent['amount'] ?? ''), status: paid === 0 ? 'unpaid' : left > 0 ? 'partial' : 'paid' },
      virtual_account: orderAccountRow(order.account, origin),
      transactions: books.creditsOf(order.account).map(({ id, amount, status }) => ({
        ...{ id: numeric(id), amount: numeric(said.amount ?? wireLiteral(amount)), status: said.word ?? status },
      })),
    };
  };

  const withAccount = (act: (account: Account, fields: Fields, origin: string) => object): Act => {
    return (fields, _said, { origin }) => {
      const account = books.accounts.get(fields['id'] ?? '');
      return account ? act(account, fields, origin) : refuse('Virtual account not found');
    };
  };

  return {
    createAccount: (fields, _said, { apiPort, origin }) => {
      const { label = '', description = '', unique_request_number: number = '' } = fields;
      if (label === '' || label.length > 100) return refuse('label is not valid');
      if (number && !numberPattern.test(number)) return refuse('unique_request_number is not valid');
      const first = [...books.accounts.values()].find((known) => number !== '' && known.number === number);
      const account = first ?? books.openAccount({ number, label, description, apiPort });
      return says({ virtual_account: accountRow(account, origin) });
    },

    readAccount: withAccount((account, _fields, origin) => says({ virtual_account: accountRow(account, origin) })),

    switchAccount: withAccount((account, { is_active: wanted = '' }, origin) => {
      if (wanted !== 'true' && wanted !== 'false') return refuse('is_active is not valid');
      account.isActive = wanted === 'true';
      return says({ virtual_account: accountRow(account, origin) });
    }),

    credits: ({ created_at: day = '', pageSize = '100', page = '1' }, said) => {
      const size = Math.min(Number(pageSize), pageSizeMax);
      const all = [...books.credits.values()].filter(
        ({ at, isWithdrawn }) => !isWithdrawn && istText(at).startsWith(day),
      );
      const rows = all.slice((Number(page) - 1) * size, Number(page) * size);
      return says({ results: rows.map((credit) => creditRow(credit, said)) });
    },

    createOrder: (fields, said, { apiPort, origin }) => {
      const { unique_request_number: number = '', amount = '', per_transaction_amount: each = amount } = fields;
      if (!numberPattern.test(number)) return refuse('unique_request_number is not valid');
      if (!amountPattern.test(amount) || !amountPattern.test(each)) return refuse('amount is not valid');
      if (!fields['customer_name'] || !/^\d{10}$/.test(fields['customer_phone'] ?? ''))
        return refuse('customer_name or customer_phone is not valid');
      const first = [...books.orders.values()].find((known) => known.number === number);
      const order = first ?? books.openOrder(number, fields, apiPort);
      return says({ transaction_order: orderRow(order, origin, said) });
    },

    readOrder: ({ id = '' }, said, { origin }) => {
      const order = books.orders.get(id);
      return order ? says({ transaction_order: orderRow(order, origin, said) }) : refuse('Order not found');
    },
  };
};

/** Their routes. */
export const instaCollectRoutes = (books: Books, handle: WireHandler): Router => {
  const acts = wireCalls(books);
  const handler = (call: WireCall) => handle({ call, act: acts[call] });

  const router = Router({ mergeParams: true, caseSensitive: true });
  router.post('/api/v1/insta-collect/virtual_accounts/', handler('createAccount'));
  router.get('/api/v1/insta-collect/virtual_accounts/:id', handler('readAccount'));
  router.post('/api/v1/insta-collect/virtual_accounts/:id/update_status/', handler('switchAccount'));
  router.get('/api/v2/insta-collect/transactions', handler('credits'));
  router.post('/api/v1/insta-collect/order/create/', handler('createOrder'));
  router.get('/api/v1/insta-collect/order/:id/', handler('readOrder'));
  return router;
};
