import { randomBytes, randomInt } from 'node:crypto';
import type { Fields } from './hashes.ts';
import { roundedRupees } from './numbers.ts';

export type Transfer = {
  id: string;
  number: string;
  sent: Fields;
  amount: number;
  word: string;
  utr: string;
  failureReason: string;
  serviceCharge: number;
  gst: number;
  at: string;
  /** When the bank has paid it, which stays so if the money comes back. */
  paidAt: string | null;
  /** Its money is out of the wallet. */
  isDebited: boolean;
  /** What it becomes by itself, and how long after it was taken, or after there was money for it. */
  becomes: string;
  becomesAfterMs: number;
  /** Where the API listens whose transfer it is, if that is known. */
  apiPort: string | null;
};

/** What is told of a transfer that has another state. */
export type News = Partial<Pick<Transfer, 'utr' | 'failureReason' | 'serviceCharge' | 'gst'>>;

/** Source: easebuzz.md, Status words. */
const paidWords = ['success', 'completed', 'processed'];
const failedWords = ['failure', 'failed', 'rejected'];

const usualBalance = 100_000_000;

/** The account that transfers are paid from if the merchant names none. */
export const usualWallet = 'DKWALLET';

/** The beneficiary of a transfer so that nobody can pay to them. */
export const masked = ({ sent }: Transfer): string => {
  const { account_number: account = '', upi_handle: upi = '' } = sent;
  return upi ? upi.replace(/^(.).*@/, '$1…@') : `…${account.slice(-4)}`;
};

/** The Wire balance, and the transfers that were taken, by number. Source: easebuzz.md, Fake gateway: money. */
export const createWallet = () => {
  const transfers = new Map<string, Transfer>();
  let balance = usualBalance;

  const move = (transfer: Transfer, isDebited: boolean) => {
    if (transfer.isDebited !== isDebited)
      balance = roundedRupees(balance + (isDebited ? -transfer.amount : transfer.amount));
    transfer.isDebited = isDebited;
  };

  /** Takes its money if there is enough. */
  const debit = (transfer: Transfer): Transfer => {
    const isEnough = transfer.amount <= balance;
    if (isEnough) move(transfer, true);
    transfer.word = isEnough ? 'accepted' : 'queued';
    return transfer;
  };

  return {
    transfers,
    balance: () => balance,

    take: (wanted: Pick<Transfer, 'number' | 'sent' | 'becomes' | 'becomesAfterMs' | 'apiPort'>): Transfer => {
      const transfer: Transfer = {
        ...wanted,
        ...{ id: `TR${randomBytes(6).toString('hex').toUpperCase()}`, amount: Number(wanted.sent['amount']) },
        ...{ word: 'accepted', utr: '', failureReason: '', serviceCharge: 0, gst: 0 },
        ...{ at: new Date().toISOString(), paidAt: null, isDebited: false },
      };
      transfers.set(transfer.number, transfer);
      return debit(transfer);
    },

    /** Gives a transfer another state. Answers whether the bank pays it now, which it does once. */
    turn: (transfer: Transfer, word: string, news: News): boolean => {
      const isPaid = paidWords.includes(word);
      const isFailed = failedWords.includes(word);
      const isFirstPaid = isPaid && transfer.paidAt === null;
      if (isPaid) move(transfer, true);
      if (isFailed || word === 'reversed') move(transfer, false);
      Object.assign(transfer, {
        ...(isPaid && { utr: transfer.utr || String(randomInt(1e11, 1e12)), failureReason: '' }),
        ...(isFirstPaid && { paidAt: new Date().toISOString() }),
        ...(isFailed && { failureReason: 'Beneficiary account is closed' }),
        ...{ word, ...news },
      });
      return isFirstPaid;
    },

    /** Sets the balance. Answers the queued transfers for which there is money now, oldest first. */
    fill: (wanted: number): Transfer[] => {
      balance = wanted;
      const queued = [...transfers.values()].filter(({ word }) => word === 'queued');
      return queued.map(debit).filter(({ isDebited }) => isDebited);
    },
  };
};

export type Wallet = ReturnType<typeof createWallet>;
