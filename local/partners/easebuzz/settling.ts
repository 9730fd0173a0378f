import { setTimeout as sleep } from 'node:timers/promises';
import type { Books } from './books.ts';
import type { Events } from './events.ts';
import { masked } from './wallet.ts';
import type { News, Transfer, Wallet } from './wallet.ts';

/** What a bank does with the transfers of the gateway: pays them after a while, or not, and the gateway tells. */
export const createSettling = (books: Books, events: Events) => {
  const turn = (transfer: Transfer, word: string, news: News = {}): boolean => {
    const { number, amount } = transfer;
    if (books.wallet.turn(transfer, word, news))
      books.note('paid', 'transfer', { number, amount, beneficiary: masked(transfer), utr: transfer.utr });
    return events.sendTransfer(transfer);
  };

  /** Whoever gives it another state meanwhile wins. */
  const begin = async (transfer: Transfer): Promise<void> => {
    const { word, becomes, becomesAfterMs } = transfer;
    if (becomes === word) return;
    await sleep(becomesAfterMs, undefined, { ref: false });
    if (transfer.word === word) turn(transfer, becomes);
  };

  return {
    /** Gives a transfer another state and tells it. Answers whether it is known whom. */
    turn,

    take: (wanted: Parameters<Wallet['take']>[0]): Transfer => {
      const transfer = books.wallet.take(wanted);
      if (transfer.word !== 'queued') void begin(transfer);
      return transfer;
    },

    /** Sets the balance, and goes on with what waited for it. */
    fill: (balance: number): void => {
      for (const transfer of books.wallet.fill(balance)) void begin(transfer);
    },
  };
};

export type Settling = ReturnType<typeof createSettling>;
