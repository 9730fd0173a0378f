import { startApiWith } from './databases.ts';
import type { Measured } from './figures.ts';
import { compareAnswers } from './load.ts';
import type { System } from './system.ts';

const drivers = 1_000;
/** Two entries each. */
const payments = { small: 5_000, large: 500_000 };

/** What a driver sees of their money, at a hundred times the entries. */
export const measureBalances = async (system: System): Promise<Record<'balance' | 'transactions', Measured>> => {
  const small = await startApiWith(system, 'small_books', { trips: drivers, drivers, payments: payments.small });
  const large = await startApiWith(system, 'large_books', { trips: drivers, drivers, payments: payments.large });
  const answer = (path: string) => compareAnswers([large.driver, path], [small.driver, path]);
  try {
    return { balance: await answer('/payments/balance'), transactions: await answer('/payments/transactions') };
  } finally {
    await Promise.all([small.stop(), large.stop()]);
  }
};
