import type { Express } from 'express';
import { z } from 'zod';
import { startSimulator } from '../simulator.ts';
import type { Address } from '../simulator.ts';
import { createBooks } from './books.ts';
import { checkout } from './checkout.ts';
import { creditControl, upiPages } from './credits.ts';
import { createEvents } from './events.ts';
import type { KeyPair, WireKeys } from './hashes.ts';
import { instaCollectRoutes } from './insta-collect.ts';
import { booksPage } from './pages.ts';
import { payInRoutes } from './pay-in.ts';
import { createScenarios, Scenario } from './scenarios.ts';
import { createSettling } from './settling.ts';
import { transferControl } from './transfer-control.ts';
import { transferRoutes } from './transfers.ts';
import { wireHandler } from './wire-routes.ts';

const Event = z.object({ txnid: z.string(), word: z.string(), amount: z.string().optional() });
const RefundEvent = z.object({ merchantRefundId: z.string(), word: z.string() });
const Settings = z.object({ webhookUrl: z.url() });

/**
 * Stands in for Easebuzz, which takes payments for us. It verifies every hash and signs every event with `pair`, those of virtual
 * accounts and transfers with `wire`. Its page shows its books; how to control it is in the README of this folder. Source: easebuzz.md, Fake
 * gateway.
 */
export const startEasebuzz = (
  address: Address,
  pair: KeyPair,
  webhookUrl?: string,
  wire: WireKeys = { ...pair, apiKey: pair.key },
) => {
  const books = createBooks();
  const scenarios = createScenarios();
  const events = createEvents(books, scenarios, { pair, wire }, webhookUrl);
  const settling = createSettling(books, events);
  const calls = payInRoutes(books, scenarios, pair);

  const routes = (app: Express) => {
    app.post('/payment/initiateLink', calls.initiate);
    app.post(['/transaction/v2/retrieve', '/transaction/v2.1/retrieve'], calls.retrieve);
    app.post('/transaction/v2/retrieve/date', calls.retrieveByDate);
    app.post('/transaction/v2/refund', calls.refund);
    app.post('/refund/v1/retrieve', calls.retrieveRefund);
    app.post('/settlements/v1/retrieve', calls.settlements);
    checkout(app, books, events, pair);
    const handle = wireHandler(books, scenarios, wire);
    for (const calls of [transferRoutes(books, settling, handle, wire.wallet), instaCollectRoutes(books, handle)]) {
      app.use('/merchants/:port', calls);
      app.use(calls);
    }
    upiPages(app, books, events);
  };

  /** For people and tests; no fault touches it. */
  const control = (app: Express) => {
    app.post('/_fake/scenario', (request, response) => {
      const wanted = Scenario.safeParse(request.body);
      if (!wanted.success) return void response.status(400).json({ message: z.prettifyError(wanted.error) });
      scenarios.add(wanted.data);
      response.json(scenarios.all());
    });
    app.delete('/_fake/scenario', (_request, response) => {
      scenarios.clear();
      response.json([]);
    });
    app.post('/_fake/events', (request, response) => {
      const wanted = Event.safeParse(request.body);
      const payment = books.payments.get(wanted.data?.txnid ?? '');
      if (!wanted.success || !payment)
        return void response.status(400).json({ message: 'txnid of a payment, and word' });
      const { word, amount } = wanted.data;
      events.send(payment, { word, ...(amount !== undefined && { amount }) });
      response.json(payment);
    });
    app.post('/_fake/refunds', (request, response) => {
      const { merchantRefundId, word = '' } = RefundEvent.safeParse(request.body).data ?? {};
      const refund = books.refunds.find((known) => known.merchantRefundId === merchantRefundId);
      if (!refund) return void response.status(400).json({ message: 'merchantRefundId of a refund, and word' });
      refund.word = word;
      events.sendRefund(refund);
      response.json(refund);
    });
    creditControl(app, books, events);
    transferControl(app, books, settling, events);
    app.post('/_fake/settle', (_request, response) => void response.json(books.settle()));
    app.post('/_fake/settings', (request, response) => {
      const wanted = Settings.safeParse(request.body);
      if (!wanted.success) return void response.status(400).json({ message: z.prettifyError(wanted.error) });
      events.setWebhookUrl(wanted.data.webhookUrl);
      response.json(wanted.data);
    });
    app.get('/_fake/log', (request, response) => {
      response.json(books.log.slice(Number(request.query.since ?? 0)));
    });
    app.get('/_fake/payments/:txnid', (request, response) => {
      const payment = books.payments.get(request.params.txnid);
      response.status(payment ? 200 : 404).json(payment ?? { message: 'There is no such payment' });
    });
  };

  /** Each product has its own shape of a refusal. */
  const inactive = 'Merchant is not active';
  const refusal = (path: string) =>
    /\/(?:insta-collect|quick_transfers|transfers)\//.test(path)
      ? { success: false, message: inactive }
      : { status: 0, data: inactive, error_desc: inactive };

  return startSimulator(
    {
      title: 'Payment gateway simulator',
      hint: 'Its books: payments with their checkout pages, refunds, virtual accounts with the page of their UPI handle, orders, the wallet and its transfers, settlements, and the events that were sent. No money moves.',
      routes,
      views: control,
      refuse: (request, response) => void response.json(refusal(request.path)),
      show: () => booksPage(books),
    },
    address,
  );
};
