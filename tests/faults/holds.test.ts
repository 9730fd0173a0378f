import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aFleet, aTrip } from '../world/factories.ts';
import { reconcile } from '../world/health.ts';
import { untilWaiting, whileCommitting, whileHeld } from '../world/locks.ts';
import { kill, signal } from '../world/parts.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const holds: string[] = [];

/** They are made and paid in their rows alone, which no event explains: other tests of this system must not find them. */
afterEach(async () => {
  for (const id of holds)
    await workflowOf(id)
      .terminate()
      .catch(() => undefined);
  await db.notification.deleteMany({ where: { tripId: { in: holds } } });
  await db.tripEvent.deleteMany({ where: { tripId: { in: holds } } });
  await db.trip.deleteMany({ where: { id: { in: holds } } });
});

/** An unpaid booking of a partner that nobody began yet. */
const aHold = async (expiresInMs: number) => {
  const holdExpiresAt = new Date(Date.now() + expiresInMs);
  const { id } = await aTrip(fleet, { pickupInMinutes: 600 });
  holds.push(id);
  await db.trip.update({ where: { id }, data: { status: 'BLOCKED', holdExpiresAt } });
  return { id, holdExpiresAt, nudge: () => post(`/trips/${id}/nudge`, {}, fleet.manager) };
};

const rowOf = (id: string) => db.trip.findUniqueOrThrow({ where: { id }, include: { events: true } });

const begun = (id: string) => until(async () => (await rowOf(id)).begunAt, 'the trip to begin');

const workflowOf = (id: string) => temporal.workflow.getHandle(`trip:${id}`);

const expectExpiredOnce = async ({ id, holdExpiresAt }: Awaited<ReturnType<typeof aHold>>) => {
  await workflowOf(id).result();
  const row = await rowOf(id);
  expect(row).toMatchObject({
    ...{ status: 'CANCELLED', cancelReason: 'HOLD_EXPIRED', cancelledBy: 'SYSTEM', version: 1 },
    fareBreakdown: { totalPaise: 0, quotedFarePaise: 60_000 },
  });
  expect(row.cancelledAt!.getTime()).toBeGreaterThanOrEqual(holdExpiresAt.getTime());
  expect(row.events.map(({ type, commandId, actorType }) => ({ type, commandId, actorType }))).toEqual([
    { type: 'expireHold', commandId: `expireHold@${holdExpiresAt.getTime()}`, actorType: 'SYSTEM' },
  ]);
};

const expectPaid = async (id: string) => {
  const { status, version, cancelledAt, events } = await rowOf(id);
  expect({ status, version, cancelledAt, events }).toEqual({
    ...{ status: 'CREATED', version: 1, cancelledAt: null, events: [] },
  });
  expect((await workflowOf(id).describe()).status.name).toBe('RUNNING');
};

const paid = { status: 'CREATED', version: { increment: 1 } } as const;

test('the worker dies between each two steps of a hold that expires: it expires once', async () => {
  const hold = await aHold(12_000);

  await whileHeld(
    1,
    () => void hold.nudge(),
    () => kill('worker'),
  );
  await begun(hold.id);
  await whileHeld(
    1,
    () => undefined,
    () => kill('worker'),
  );
  await whileCommitting(() => kill('worker'));

  await expectExpiredOnce(hold);
});

test('a hold that the schedule began expires late when no worker was there in time', async () => {
  const hold = await aHold(12_000);
  await reconcile();
  await begun(hold.id);

  await signal('worker', 'SIGSTOP');
  await until(() => Promise.resolve(Date.now() > hold.holdExpiresAt.getTime() + 500), 'the end of the hold');
  expect(await rowOf(hold.id)).toMatchObject({ status: 'BLOCKED', events: [] });
  await kill('worker');

  await expectExpiredOnce(hold);
});

test('a hold that was paid while no worker was there does not expire', async () => {
  const hold = await aHold(12_000);
  await hold.nudge();

  await signal('worker', 'SIGSTOP');
  await db.trip.update({ where: { id: hold.id }, data: paid });
  await until(() => Promise.resolve(Date.now() > hold.holdExpiresAt.getTime() + 500), 'the end of the hold');
  await kill('worker');

  await until(async () => (await hold.nudge()).status === 200, 'the trip to answer');
  await expectPaid(hold.id);
});

test('a hold that is paid while it expires does not expire', async () => {
  const hold = await aHold(12_000);
  await hold.nudge();

  await db.$transaction(
    async (tx) => {
      await tx.trip.update({ where: { id: hold.id }, data: paid });
      await untilWaiting(1);
    },
    { timeout: 20_000 },
  );

  await until(async () => (await hold.nudge()).status === 200, 'the trip to answer');
  await expectPaid(hold.id);
});
