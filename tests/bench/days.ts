import { randomUUID } from 'node:crypto';
import { connect } from '../../prisma/client.ts';
import type { Db } from '../../prisma/client.ts';
import { dateOf } from '../../prisma/collections.ts';
import { postAll } from '../../prisma/post.ts';
import { qrCollected } from '../../workflows/domain/money/journals/collections.ts';
import { paise } from '../../workflows/domain/money.ts';
import { daysAfter, istDay } from '../../workflows/domain/time.ts';
import { get, post } from '../world/api.ts';
import { compareWaits, timed } from './figures.ts';
import type { Measured } from './figures.ts';
import { aPhone, dataOf } from './people.ts';
import type { System } from './system.ts';

const sizes = { small: 10, large: 300 };
const rounds = 5;
const reads = 40;
/** Days of one driver that are reconciled in a round. */
const reconciled = 30;

interface Fleet {
  id: string;
  hubId: string;
  days: string[];
}

/** A fleet with as many drivers, and for each of them days with 500.00 that wait to be reconciled. */
const aFleetOf = async (db: Db, admin: { token: string }, drivers: number, daysOfEach: number): Promise<Fleet> => {
  const about = { name: 'Bench Cabs', mobile: aPhone(), city: 'Delhi', fleetType: 'COMPANY', panNumber: 'ABCDE1234F' };
  const { id: fleetId } = dataOf(await post('/fleets', about, admin)) as { id: string };
  const place = { address: 'Connaught Place, New Delhi', location: { lat: 28.6315, lng: 77.2167 }, hubType: 'OFFICE' };
  const { id: hubId } = dataOf(await post(`/fleets/${fleetId}/hubs`, place, admin)) as { id: string };
  const people = Array.from({ length: drivers }, () => ({ id: randomUUID(), userId: randomUUID(), phone: aPhone() }));
  await db.user.createMany({
    data: people.map(({ userId, phone }) => ({ id: userId, name: 'Dinesh Kumar', phone, role: 'DRIVER', fleetId })),
  });
  await db.driver.createMany({
    data: people.map(({ id, userId, phone }) => ({
      ...{ id, userId, fleetId, hubId, mobile: phone, firstName: 'Dinesh', lastName: 'Kumar', paymentModel: 'PAYOUT' },
    })),
  });
  const amount = paise(50_000);
  const days = people.flatMap(({ id: driverId }) =>
    Array.from({ length: daysOfEach }, (_, n) => ({
      ...{
        id: randomUUID(),
        driverId,
        fleetId,
        hubId,
        date: dateOf(daysAfter(istDay(Date.now()), -n)),
        status: 'CLOSED' as const,
      },
      ...{ qrPaise: amount, totalPaise: amount, begunAt: new Date() },
    })),
  );
  await db.dailyCollection.createMany({ data: days });
  const occurredAt = new Date().toISOString();
  await db.$transaction((tx) =>
    postAll(
      tx,
      days.map(({ id: collectionId, driverId }) =>
        qrCollected({ driverId, fleetId, collectionId, creditId: randomUUID(), amount, occurredAt }),
      ),
    ),
  );
  return { id: fleetId, hubId, days: days.map(({ id }) => id) };
};

/** What finance does with the days of 300 drivers, against the same with those of 10: lists of a page, and reconciliations. */
export const measureDays = async (
  system: System,
  superAdmin: string,
): Promise<Record<'pending' | 'filtered' | 'reconcile', Measured>> => {
  const { db, close } = connect(system.databaseUrl, 2);
  const admin = { token: superAdmin };
  const needed = rounds * reconciled;
  const small = await aFleetOf(db, admin, sizes.small, Math.ceil((needed + sizes.small) / sizes.small));
  const large = await aFleetOf(db, admin, sizes.large, 1);
  // As many for the lists as there are drivers; the others are of other days.
  const today = istDay(Date.now());
  const list = (fleet: Fleet, filter: string) => () =>
    timed(async () =>
      dataOf(await get(`/payments/admin/reconciliations/pending?fleetId=${fleet.id}&limit=10${filter}`, admin)),
    );
  const compare = async (filter: (fleet: Fleet) => string) => {
    const [ours, theirs] = [list(large, filter(large)), list(small, filter(small))];
    for (let count = 0; count < reads; count += 1) for (const warm of [ours, theirs]) await warm();
    return compareWaits(rounds, reads, ours, theirs);
  };
  const reconcile =
    ({ days }: Fleet) =>
    () =>
      timed(async () => dataOf(await post(`/payments/admin/collection/${days.pop()!}/reconcile`, {}, admin)));
  try {
    return {
      pending: await compare(() => `&date=${today}`),
      filtered: await compare(({ hubId }) => `&hubId=${hubId}&date=${today}`),
      reconcile: await compareWaits(rounds, reconciled, reconcile(large), reconcile(small)),
    };
  } finally {
    await close();
  }
};
