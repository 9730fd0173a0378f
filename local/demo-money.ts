import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect } from '../prisma/client.ts';

export interface Stage {
  call: <T>(method: string, path: string, token: string | null, body?: unknown) => Promise<T>;
  act: (title: string) => void;
  tell: (who: string, what: string) => void;
  dim: (text: string) => string;
}

interface People {
  driver: string;
  manager: string;
  driverId: string;
  /** Null where the demo plays against a system elsewhere. */
  databaseUrl: string | undefined;
}

interface Row {
  id: string;
  shortId: string;
}

const ledger = join(import.meta.dirname, '../prisma/ledger.ts');
const dayMs = 86_400_000;

/** The money of the demo: a deposit, a penalty that it does not cover, and a rental. Returns the payment of the deposit. */
export const playMoney = async (
  { call, act, tell, dim }: Stage,
  { driver, manager, driverId, databaseUrl }: People,
): Promise<{ transactionId: string }> => {
  const pay = (paymentUrl: string) =>
    fetch(paymentUrl, { method: 'POST', body: new URLSearchParams({ choice: 'success', mode: 'UPI' }) });
  const until = async (isDone: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await isDone()); tries += 1) {
      if (tries > 100) throw new Error('The payment is not in the books.');
      await sleep(100);
    }
  };
  const isPaid = (transactionId: string) => async () =>
    (await call<{ status: string }>('GET', `/payments/transactions/${transactionId}`, driver)).status === 'SUCCESS';
  const showBooks = async (): Promise<void> => {
    if (!databaseUrl) return;
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    const { stdout } = await promisify(execFile)(process.execPath, [ledger, 'driver', driverId], { env });
    console.log(stdout.trimEnd().replace(/^/gm, '  '));
  };
  const checkout = <T extends object>(path: string, body: object) =>
    call<T & { transactionId: string; paymentUrl: string }>('POST', path, driver, body);

  act('8. A deposit at the payment gateway');
  const deposit = await checkout('/payments/deposit', { amount: '2500.00' });
  tell('Dinesh (DR)', `wants to pay Rs 2500.00 into the deposit: ${dim(deposit.paymentUrl)}`);
  await pay(deposit.paymentUrl);
  tell('Dinesh (DR)', 'pays on the checkout page; the gateway tells us by webhook');
  await until(isPaid(deposit.transactionId));
  await showBooks();

  act('9. A penalty that the deposit does not cover');
  const given = { driverId, type: 'MONETARY', amount: 3100, reason: 'Dent on the left door', category: 'DAMAGE' };
  const penalty = await call<Row & { depositProcessing: { paymentUrl: string; message: string } }>(
    'POST',
    '/payments/admin/penalty',
    manager,
    given,
  );
  tell('Meera (MG)', `gives ${penalty.shortId} of Rs 3100: ${penalty.depositProcessing.message}`);
  await pay(penalty.depositProcessing.paymentUrl);
  const path = `/payments/admin/penalty/${penalty.id}`;
  await until(async () => (await call<{ isPaid: boolean }>('GET', path, manager)).isPaid);
  tell('Dinesh (DR)', 'pays the rest by link');
  await call('POST', `${path}/waive`, manager, { waiverReason: 'The dent is an older one' });
  tell('Meera (MG)', 'waives it: the deposit has its part again, and the part that was paid is owed to Dinesh');
  await showBooks();

  act('10. A rental');
  const offer = { name: `Fortnight ${Date.now() % 10_000}`, rentalAmount: 3499, depositAmount: 2000, validityDays: 14 };
  const plan = await call<Row>('POST', '/payments/admin/rental-plans', manager, offer);
  for (const what of ['rents', 'renews']) {
    const rent = await checkout('/payments/rental', { rentalPlanId: plan.id });
    await pay(rent.paymentUrl);
    await until(isPaid(rent.transactionId));
    tell('Dinesh (DR)', `${what} for 14 days: Rs 3499`);
  }
  const history = () => call<{ id: string; detailStatus: string }[]>('GET', '/payments/rental/history', driver);
  const states = async () =>
    (await history())
      .map(({ detailStatus }) => detailStatus)
      .toReversed()
      .join(', ');
  const suspended = {
    ...{ driverId, type: 'SUSPENSION', reason: 'Complaint of a passenger' },
    suspensionStartDate: new Date().toISOString(),
    suspensionEndDate: new Date(Date.now() + 3 * dayMs).toISOString(),
  };
  const suspension = await call<Row>('POST', '/payments/admin/penalty', manager, suspended);
  tell('Meera (MG)', `suspends Dinesh for three days; his periods: ${await states()}`);
  await call('POST', `/payments/admin/penalty/${suspension.id}/lift`, manager, {
    reason: 'The passenger was mistaken',
  });
  tell('Meera (MG)', `lifts it; his periods: ${await states()}`);
  if (databaseUrl) {
    await letPass(databaseUrl, driverId, 14 * dayMs - 1000);
    await call('POST', `/payments/admin/rentals/${(await history()).at(-1)!.id}/nudge`, manager);
    await until(async () => (await history()).at(-1)!.detailStatus === 'EXPIRED');
    tell('The clock', `is put on by a fortnight; his periods: ${await states()}`);
  }
  const forecast = await call<{ periods: { startsAt: string }[] }>('GET', '/payments/rental/forecast', driver);
  const dates = forecast.periods.map(({ startsAt }) => startsAt.slice(0, 10)).join(' ');
  tell('Dinesh (DR)', `sees when he has to pay next: ${dim(dates)}`);
  return deposit;
};

/** There is no waiting for a fortnight in a demo: the periods of the driver began earlier. */
const letPass = async (databaseUrl: string, driverId: string, passedMs: number): Promise<void> => {
  const { db, close } = connect(databaseUrl, 1);
  await db.$executeRaw`
    UPDATE "rentals" SET "startDate" = "startDate" - ${passedMs} * interval '1 millisecond',
      "expiryDate" = "expiryDate" - ${passedMs} * interval '1 millisecond' WHERE "driverId" = ${driverId}::uuid`;
  await db.$executeRaw`UPDATE "rental_subscriptions" SET "version" = "version" + 1 WHERE "id" = ${driverId}::uuid`;
  await close();
};
