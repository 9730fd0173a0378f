import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { randomFrom } from '../../../soak/random.ts';
import { db } from '../../../world/database.ts';
import { aFleet } from '../../../world/factories.ts';
import { faultsInBooks } from '../../../world/money/books.ts';
import { aUtr } from '../../../world/money/collections.ts';
import {
  aDriverOnFoot,
  aLink,
  aPastShift,
  aVehicleWithQr,
  deliverCredit,
  signedCredit,
} from '../../../world/money/credits.ts';
import { until } from '../../../world/until.ts';

/** `CREDIT_STORM_VEHICLES=200 CREDIT_STORM_EACH=2` takes 45 s, with 15 each some minutes. */
const vehicles = Number(process.env['CREDIT_STORM_VEHICLES'] ?? 20);
const creditsEach = Number(process.env['CREDIT_STORM_EACH'] ?? 4);
const connections = 16;
const seed = Math.floor(Math.random() * 1_000_000);
const random = randomFrom(seed);

type Fleet = Awaited<ReturnType<typeof aFleet>>;

interface Car {
  account: string;
  first: string;
  second: string;
  /** Gives the vehicle to the second driver; the moment in which that was. */
  change: () => Promise<void>;
  changedAt: Date | null;
}

interface Credit {
  id: string;
  paise: number;
  car: Car;
  /** Known once it is sent. */
  at: Date | null;
}

let fleet: Fleet;
beforeAll(async () => {
  fleet = await aFleet();
});

/** Runs work for each item, so many at once, in order. */
const inLanes = async <T>(items: readonly T[], lanes: number, work: (item: T) => Promise<unknown>): Promise<void> => {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);

const hourAgo = () => new Date(Date.now() - 3_600_000);

/** A vehicle on which one driver follows another: on the roster, or on shift. */
const aCar = async (n: number): Promise<Car> => {
  const [vehicle, { id: first }, { id: second }] = await Promise.all([
    aVehicleWithQr(fleet),
    aDriverOnFoot(fleet),
    aDriverOnFoot(fleet),
  ]);
  const had = (driverId: string, from: Date) => ({ vehicleId: vehicle.id, driverId, from, to: null });
  const car: Car = { account: vehicle.account, first, second, changedAt: null, change: () => Promise.resolve() };
  if (n % 2 === 0) {
    const { id } = await aLink(fleet, had(first, hourAgo()));
    car.change = async () => {
      const endTime = new Date();
      await db.assignment.update({ where: { id }, data: { endTime, status: 'ENDED' } });
      await aLink(fleet, had(second, endTime));
      car.changedAt = endTime;
    };
    return car;
  }
  const { id } = await aPastShift(fleet, had(first, hourAgo()));
  car.change = async () => {
    const checkOutTime = new Date();
    await db.attendance.update({ where: { id }, data: { checkOutTime, status: 'CHECKED_OUT' } });
    await aPastShift(fleet, had(second, checkOutTime));
    car.changedAt = checkOutTime;
  };
  return car;
};

/** Before the change everything is of the first driver; after it also late news of before come in. */
const timeOf = ({ changedAt }: Car): Date => {
  const isLate = changedAt === null || random() < 0.4;
  if (!isLate) return new Date(changedAt.getTime() + Math.floor(random() * 1_000));
  return new Date((changedAt ?? new Date()).getTime() - 2_000 - Math.floor(random() * 3_000_000));
};

const words = ['received', 'unsettled', 'pending'];

/** Everything that is told of a credit: one to three words, each up to three times, shuffled. */
const tell = async (credit: Credit): Promise<void> => {
  const { id, car, paise } = credit;
  const at = (credit.at = timeOf(car));
  const [utr, amount] = [aUtr(), (paise / 100).toFixed(2)];
  const told = words.slice(0, 1 + Math.floor(random() * words.length));
  const bodies = told.flatMap((status) => {
    const body = signedCredit({
      account: car.account,
      id,
      utr,
      amount,
      status,
      more: { transaction_date: at.toISOString() },
    });
    return Array.from({ length: 1 + Math.floor(random() * 3) }, () => body);
  });
  for (const body of shuffled(bodies)) expect((await deliverCredit(body)).status).toBe(200);
};

const sumBy = (rows: { driverId: string | null; paise: number }[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { driverId, paise } of rows) sums[driverId ?? 'nobody'] = (sums[driverId ?? 'nobody'] ?? 0) + paise;
  return sums;
};

test('a storm of credits, repeated and shuffled, while drivers change: everybody gets what was paid in their time', async () => {
  const cars: Car[] = [];
  await inLanes(
    Array.from({ length: vehicles }, (_, n) => n),
    4,
    async (n) => void cars.push(await aCar(n)),
  );
  const credits = cars.flatMap((car) =>
    Array.from({ length: creditsEach }, (): Credit => ({
      ...{ id: `S${randomUUID()}`, paise: 1 + Math.floor(random() * 50_000), car, at: null },
    })),
  );
  const half = Math.floor(credits.length / 2);
  const steps = shuffled(credits).map((credit) => () => tell(credit));
  steps.splice(half, 0, ...cars.map(({ change }) => change));

  await inLanes(steps, connections, (step) => step());

  const ids = credits.map(({ id }) => id);
  const ended = {
    creditId: { in: ids },
    state: { notIn: ['RECEIVED' as const, 'WAITING' as const, 'CONFIRMING' as const] },
  };
  await until(
    async () => (await db.virtualCredit.count({ where: ended })) === credits.length,
    'all credits to be booked',
    Math.max(60_000, credits.length * 200),
  );
  const rows = await db.virtualCredit.findMany({ where: { creditId: { in: ids } } });
  const wanted = credits.map(({ paise, car: { first, second, changedAt }, at }) => ({
    ...{ paise, driverId: at! < changedAt! ? first : second },
  }));
  const got = rows.map(({ driverId, amountPaise }) => ({ driverId, paise: Number(amountPaise) }));
  expect({ seed, sums: sumBy(got) }).toEqual({ seed, sums: sumBy(wanted) });
  const drivers = cars.flatMap(({ first, second }) => [first, second]);
  const days = await db.dailyCollection.findMany({ where: { driverId: { in: drivers } } });
  expect(sumBy(days.map(({ driverId, totalPaise }) => ({ driverId, paise: Number(totalPaise) })))).toEqual(
    sumBy(wanted),
  );
  const effects = {
    journals: await db.ledgerJournal.count({ where: { eventKey: { in: ids }, eventType: 'qr_collected' } }),
    transactions: await db.transaction.count({ where: { easebuzzTxnId: { in: ids } } }),
    entries: await db.collectionEntry.count({ where: { collectionId: { in: days.map(({ id }) => id) } } }),
  };
  const { length } = credits;
  expect({ seed, ...effects }).toEqual({ seed, journals: length, transactions: length, entries: length });
  expect(await faultsInBooks(...drivers, ...days.map(({ id }) => id))).toEqual([]);
}, 300_000);
