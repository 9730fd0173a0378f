import type { Express } from 'express';
import { z } from 'zod';
import type { Books } from './books.ts';
import type { Events } from './events.ts';
import { roundedRupees } from './numbers.ts';
import type { Settling } from './settling.ts';
import { masked } from './wallet.ts';
import type { Transfer } from './wallet.ts';

const Rupees = z.coerce.number().min(0).transform(roundedRupees);

/** A transfer that is known, with another state. */
const Turned = z.object({
  number: z.string(),
  word: z.string(),
  utr: z.string().optional(),
  failureReason: z.string().optional(),
  serviceCharge: Rupees.optional(),
  gst: Rupees.optional(),
});

export type TransferTurned = z.input<typeof Turned>;

const Filled = z.object({ balance: Rupees });

const LowBalance = z.object({ threshold: Rupees.default(1_000), port: z.string().regex(/^\d+$/).optional() });

export type LowBalanceWanted = z.input<typeof LowBalance>;

/** A transfer as the control lists it. */
export type ListedTransfer = Pick<Transfer, 'number' | 'amount' | 'word' | 'utr' | 'paidAt'> & { beneficiary: string };

const listed = (transfer: Transfer): ListedTransfer => {
  const { number, amount, word, utr, paidAt } = transfer;
  return { number, amount, beneficiary: masked(transfer), word, utr, paidAt };
};

const nobodyToTell = 'Nobody has said where its event goes: POST /_fake/settings, or call below /merchants/<port>';

/** The controls of the wallet and of transfers. */
export const transferControl = (app: Express, books: Books, settling: Settling, events: Events) => {
  app.get('/_fake/transfers', (_request, response) => {
    response.json([...books.wallet.transfers.values()].map(listed));
  });
  app.post('/_fake/transfers', (request, response) => {
    const wanted = Turned.safeParse(request.body);
    if (!wanted.success) return void response.status(400).json({ message: z.prettifyError(wanted.error) });
    const { number, word, ...news } = wanted.data;
    const transfer = books.wallet.transfers.get(number);
    if (!transfer) return void response.status(400).json({ message: 'number of a transfer, and word' });
    if (!settling.turn(transfer, word, news)) return void response.status(409).json({ message: nobodyToTell });
    response.json(listed(transfer));
  });
  app.get('/_fake/wallet', (_request, response) => void response.json({ balance: books.wallet.balance() }));
  app.post('/_fake/wallet', (request, response) => {
    const wanted = Filled.safeParse(request.body);
    if (!wanted.success) return void response.status(400).json({ message: z.prettifyError(wanted.error) });
    settling.fill(wanted.data.balance);
    response.json({ balance: books.wallet.balance() });
  });
  app.post('/_fake/low-balance', (request, response) => {
    const wanted = LowBalance.safeParse(request.body ?? {});
    if (!wanted.success) return void response.status(400).json({ message: z.prettifyError(wanted.error) });
    const { threshold, port } = wanted.data;
    if (!events.sendLowBalance(threshold, port)) return void response.status(409).json({ message: nobodyToTell });
    response.json({ balance: books.wallet.balance(), threshold });
  });
};
