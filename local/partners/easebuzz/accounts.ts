import { randomBytes, randomInt } from 'node:crypto';
import type { Fields } from './hashes.ts';
import { roundedRupees } from './numbers.ts';

export type Account = {
  id: string;
  /** What the merchant calls the request; nothing is made twice for one. */
  number: string;
  label: string;
  description: string;
  accountNumber: string;
  ifsc: string;
  upi: string;
  isActive: boolean;
  at: string;
  /** Where the API listens to whose merchant it belongs, if that is known. */
  apiPort: string | null;
};

export type Order = { id: string; number: string; sent: Fields; account: Account; at: string };

export type Credit = {
  id: string;
  utr: string;
  amount: number;
  status: string;
  mode: string;
  serviceCharge: number;
  gst: number;
  at: string;
  remitterName: string;
  account: Account;
  settlementId: string | null;
  /** Its event was sent, and yet the gateway knows nothing of it. */
  isWithdrawn: boolean;
};

/** Source: easebuzz.md, Status words. */
const moneyWords = ['received', 'unsettled', 'timed_out'];

const id = (prefix: string) => `${prefix}${randomBytes(6).toString('hex').toUpperCase()}`;

export const bringsMoney = ({ status, isWithdrawn }: Credit) => moneyWords.includes(status) && !isWithdrawn;

/** The virtual accounts of the gateway by id, the orders by id, and the credits by id. */
export const createAccounts = () => {
  const accounts = new Map<string, Account>();
  const orders = new Map<string, Order>();
  const credits = new Map<string, Credit>();

  const openAccount = (wanted: Pick<Account, 'number' | 'label' | 'description' | 'apiPort'>): Account => {
    const digits = String(randomInt(1e11, 1e12));
    const account: Account = {
      ...wanted,
      ...{ id: id('VA'), accountNumber: `DKSIM${digits}`, ifsc: 'SIMU0000001', upi: `dk${digits}@simulator` },
      ...{ isActive: true, at: new Date().toISOString() },
    };
    accounts.set(account.id, account);
    return account;
  };

  const creditsOf = (account: Account) =>
    [...credits.values()].filter((credit) => credit.account === account && !credit.isWithdrawn);

  return {
    accounts,
    orders,
    credits,
    openAccount,
    creditsOf,

    openOrder: (number: string, sent: Fields, apiPort: string | null): Order => {
      const account = openAccount({ number, label: `ORDER ${number}`, description: '', apiPort });
      const order = { id: id('TXO'), number, sent, account, at: account.at };
      orders.set(order.id, order);
      return order;
    },

    /** The account with this id or UPI handle. */
    accountOf: (text: string) => accounts.get(text) ?? [...accounts.values()].find(({ upi }) => upi === text),

    orderOf: (account: Account) => [...orders.values()].find((order) => order.account === account),

    paidTo: (account: Account) =>
      creditsOf(account)
        .filter(bringsMoney)
        .reduce((sum, { amount }) => roundedRupees(sum + amount), 0),

    book: (wanted: Partial<Credit> & Pick<Credit, 'account' | 'amount' | 'status'>): Credit => {
      const credit: Credit = {
        ...{ id: id('C'), utr: String(randomInt(1e11, 1e12)), mode: 'UPI', serviceCharge: 0, gst: 0 },
        ...{ at: new Date().toISOString(), remitterName: 'Payer', settlementId: null, isWithdrawn: false },
        ...wanted,
      };
      credits.set(credit.id, credit);
      return credit;
    },
  };
};

export type Accounts = ReturnType<typeof createAccounts>;
