import type { Express, Request, Response } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Books, Payment } from './books.ts';
import { stateOf } from './events.ts';
import type { Events } from './events.ts';
import type { KeyPair } from './hashes.ts';
import { checkoutPage, closedPage, returnPage } from './pages.ts';

/** What the payer decides, and the word that follows from it. */
const words: Record<string, string> = {
  success: 'success',
  failure: 'failure',
  cancel: 'userCancelled',
  slow: 'pending',
  close: 'success',
};

const slowMs = 20_000;

/**
 * The page behind a link. A decision is final, changes the books, sends the event, and brings the browser back with a form that
 * POSTs itself to surl or furl. `slowMs` in the form shortens the slow bank. Source: easebuzz.md, Fake gateway.
 */
export const checkout = (app: Express, books: Books, events: Events, pair: KeyPair) => {
  const behind = (accessKey: string): Payment | undefined =>
    [...books.payments.values()].find((payment) => payment.accessKey === accessKey);

  const payLater = async (payment: Payment, mode: string, delayMs: number) => {
    await sleep(delayMs, undefined, { ref: false });
    books.finish(payment, 'success', mode);
    events.send(payment);
  };

  const decide = (payment: Payment, request: Request, response: Response) => {
    const { choice = '', mode = 'UPI', slowMs: wanted } = (request.body ?? {}) as Record<string, string | undefined>;
    const word = words[choice];
    if (!word)
      return void response
        .status(400)
        .type('text')
        .send(`choice is one of ${Object.keys(words).join(', ')}`);
    if (payment.word !== 'initiated') return void response.status(409).type('html').send(checkoutPage(payment));
    books.finish(payment, word, mode);
    events.send(payment);
    if (choice === 'slow') void payLater(payment, mode, Number(wanted ?? slowMs));
    if (choice === 'close') return void response.type('html').send(closedPage);
    const url = payment.sent[word === 'success' || word === 'pending' ? 'surl' : 'furl'] ?? '';
    response.type('html').send(returnPage(url, stateOf(payment, pair)));
  };

  app.get('/pay/:accessKey', (request, response) => {
    const payment = behind(request.params.accessKey);
    if (!payment) return void response.status(404).type('text').send('There is no such link');
    response.type('html').send(checkoutPage(payment));
  });
  app.post('/pay/:accessKey', (request, response) => {
    const payment = behind(request.params.accessKey);
    if (!payment) return void response.status(404).type('text').send('There is no such link');
    decide(payment, request, response);
  });
};
