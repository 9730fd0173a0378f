import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { lostWorkflows } from '../../activities/lost-workflows.ts';
import { reconciliationActivities } from '../../activities/reconciliation.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aTrip, hubPoint } from '../world/factories.ts';
import { pauseReconciliation, resumeReconciliation } from '../world/health.ts';
import { aPenalty, penaltyRow } from '../world/money/penalties.ts';
import {
  aPaidDeposit,
  anUnbegunRefund,
  askRefund,
  gatewaySays,
  refundOf,
  untilRefund,
} from '../world/money/refunds.ts';
import { deleteWorkflow, temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
// The schedule of the run would move the same positions.
beforeAll(async () => {
  await pauseReconciliation();
  fleet = await aFleet();
});
afterAll(resumeReconciliation);

const restartLost = lostWorkflows({ db, client: temporal });

const idBefore = (id: string): string => {
  const number = BigInt(`0x${id.replaceAll('-', '')}`) - 1n;
  const digits = number.toString(16).padStart(32, '0');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

const standAt = (
  name: 'trips' | 'attendances' | 'transactions' | 'penalties' | 'refunds' | 'rental_subscriptions',
  afterId: string | null,
  minutesAgo = 0,
) => {
  const position = { afterId, roundBegunAt: new Date(Date.now() - minutesAgo * 60_000) };
  return db.sweep.upsert({ where: { name }, create: { name, ...position }, update: position });
};

const runOf = async (workflowId: string) => {
  const found = await temporal.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => null);
  return found && { status: found.status.name, runId: found.runId };
};

const audited = (subjectId: string) =>
  db.auditEntry.findMany({ where: { subjectId }, select: { action: true, actorId: true, requestId: true } });

const begunTrip = async () => {
  const { id } = await aTrip(fleet);
  await post(`/trips/${id}/nudge`, {}, fleet.manager);
  await db.auditEntry.deleteMany({ where: { subjectId: id } });
  return { id, handle: temporal.workflow.getHandle(`trip:${id}`) };
};

const losses: Record<string, (handle: WorkflowHandle) => Promise<unknown>> = {
  terminated: (handle) => handle.terminate('by mistake'),
  cancelled: async (handle) => {
    await handle.cancel();
    await handle.result().catch(() => undefined);
  },
  deleted: ({ workflowId }) => deleteWorkflow(workflowId),
};

test.each(Object.entries(losses))('an open trip whose workflow was %s is started again', async (_, lose) => {
  const { id, handle } = await begunTrip();
  await lose(handle);
  await until(async () => (await runOf(`trip:${id}`))?.status !== 'RUNNING', 'the loss');

  const found = await until(async () => {
    await standAt('trips', idBefore(id));
    await restartLost();
    const run = await runOf(`trip:${id}`);
    return run?.status === 'RUNNING' && run;
  }, 'the restart');

  expect(found.status).toBe('RUNNING');
  expect(await audited(id)).toEqual([{ action: 'trip.restarted', actorId: null, requestId: null }]);
  const assigned = { tripId: id, driverId: (await aDriver(fleet)).id };
  expect((await post('/admin/trips/assign', assigned, fleet.operations)).status).toBe(201);
});

test('an open shift whose workflow was terminated is started again', async () => {
  const driver = await aDriver(fleet);
  const { id } = (await post('/attendance/check-in', hubPoint, driver)).body.data as { id: string };
  await until(async () => (await db.attendance.findUniqueOrThrow({ where: { id } })).begunAt, 'the shift to begin');
  await temporal.workflow.getHandle(`shift:${id}`).terminate();

  await until(async () => {
    await standAt('attendances', idBefore(id));
    await restartLost();
    return (await runOf(`shift:${id}`))?.status === 'RUNNING';
  }, 'the restart');

  expect(await runOf(`shift:${id}`)).toMatchObject({ status: 'RUNNING' });
  expect(await audited(id)).toEqual([{ action: 'attendance.restarted', actorId: null, requestId: null }]);
});

test('a payment whose workflow was terminated is started again', async () => {
  const driver = await aDriver(fleet);
  const { transactionId: id } = (await post('/payments/deposit', { amount: '500' }, driver)).body.data as {
    transactionId: string;
  };
  await temporal.workflow.getHandle(`pay-in:${id}`).terminate();

  await until(async () => {
    await standAt('transactions', idBefore(id));
    await restartLost();
    return (await runOf(`pay-in:${id}`))?.status === 'RUNNING';
  }, 'the restart');

  expect(await runOf(`pay-in:${id}`)).toMatchObject({ status: 'RUNNING' });
  expect(await audited(id)).toContainEqual({ action: 'transaction.restarted', actorId: null, requestId: null });
  expect(await db.transaction.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'PENDING' });
});

test('a suspension whose workflow was terminated is started again, and ends', async () => {
  const driver = await aDriver(fleet);
  const dates = {
    suspensionStartDate: new Date().toISOString(),
    suspensionEndDate: new Date(Date.now() + 10_000).toISOString(),
  };
  const id = await aPenalty(driver, fleet.manager, { type: 'SUSPENSION', ...dates });
  await temporal.workflow.getHandle(`penalty:${id}`).terminate();

  await until(async () => {
    await standAt('penalties', idBefore(id));
    await restartLost();
    return (await runOf(`penalty:${id}`))?.status === 'RUNNING';
  }, 'the restart');

  expect(await audited(id)).toContainEqual({ action: 'penalty.restarted', actorId: null, requestId: null });
  await until(async () => (await penaltyRow(id)).status === 'ENDED', 'the end of the suspension');
  expect(await db.driver.findUniqueOrThrow({ where: { id: driver.id } })).toMatchObject({ status: 'ACTIVE' });
});

test('a refund whose workflow was terminated is started again', async () => {
  const own = await aFleet();
  await db.fleet.update({ where: { id: own.id }, data: { email: 'accounts@bluefleet.example' } });
  const refundId = (await askRefund((await aPaidDeposit(own)).id, 500, own.manager)).body.data.id as string;
  await untilRefund(refundId, 'ACCEPTED');
  await temporal.workflow.getHandle(`refund:${refundId}`).terminate();

  await until(async () => {
    await standAt('refunds', idBefore(refundId));
    await restartLost();
    return (await runOf(`refund:${refundId}`))?.status === 'RUNNING';
  }, 'the restart');

  expect(await runOf(`refund:${refundId}`)).toMatchObject({ status: 'RUNNING' });
  expect(await audited(refundId)).toContainEqual({ action: 'refund.restarted', actorId: null, requestId: null });
  await gatewaySays(refundId, 'refunded');
  await untilRefund(refundId, 'SETTLED');
});

test('a refund that nobody began is begun from its row', async () => {
  const own = await aFleet();
  await db.fleet.update({ where: { id: own.id }, data: { email: 'accounts@bluefleet.example' } });
  const { row } = await anUnbegunRefund(own);
  const { beginMissing } = reconciliationActivities({ db, client: temporal });

  await beginMissing();
  expect(await runOf(`refund:${row.id}`)).toBeNull();
  await db.refund.update({ where: { id: row.id }, data: { createdAt: new Date(Date.now() - 60_000) } });
  await until(async () => {
    await beginMissing();
    return (await refundOf(row.id)).begunAt;
  }, 'the mark of the refund');

  await untilRefund(row.id, 'ACCEPTED');
  await gatewaySays(row.id, 'refunded');
  await untilRefund(row.id, 'SETTLED');
});

test('what runs is left alone, and what is over is not brought back', async () => {
  const [running, over] = [await begunTrip(), await begunTrip()];
  expect((await post('/admin/trips/cancel', { tripId: over.id, reason: 'Ill' }, fleet.operations)).status).toBe(200);
  await over.handle.result();
  const before = [await runOf(`trip:${running.id}`), await runOf(`trip:${over.id}`)];

  for (const { id } of [running, over]) {
    await standAt('trips', idBefore(id));
    await restartLost();
  }

  expect([await runOf(`trip:${running.id}`), await runOf(`trip:${over.id}`)]).toEqual(before);
  expect(await audited(running.id)).toEqual([]);
  expect((await audited(over.id)).map(({ action }) => action)).not.toContain('trip.restarted');
});

/** Open trips whose ids follow each other, marked as begun by workflows that are not there. */
const lostTrips = async (count: number) => {
  const first = randomUUID().slice(0, -3);
  const ids = Array.from({ length: count }, (_, n) => `${first}${String(n).padStart(3, '0')}`);
  for (const id of ids) {
    const trip = await aTrip(fleet);
    await db.trip.update({ where: { id: trip.id }, data: { id, begunAt: new Date() } });
  }
  return ids;
};

test('a page per call: the second one goes on where the first one ended', async () => {
  const ids = await lostTrips(3);
  const inPages = lostWorkflows({ db, client: temporal, pageMax: 2 });
  await standAt('trips', idBefore(ids[0]!), 20);
  const runs = () => Promise.all(ids.map((id) => runOf(`trip:${id}`)));

  expect(await inPages()).toMatchObject({ trips: { restarted: 2, failed: 0 } });
  const afterOne = await runs();
  await inPages();

  expect(afterOne.map((run) => run?.status)).toEqual(['RUNNING', 'RUNNING', undefined]);
  expect((await runs()).map((run) => run?.status)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
});

test.each([
  { minutesAgo: 14, isDue: false },
  { minutesAgo: 16, isDue: true },
])('a round that began $minutesAgo minutes ago and is complete: the next one is due: $isDue', async (round) => {
  const [id] = await lostTrips(1);
  await standAt('trips', null, round.minutesAgo);

  await lostWorkflows({ db, client: temporal, pageMax: 10_000 })();

  expect((await runOf(`trip:${id}`))?.status).toBe(round.isDue ? 'RUNNING' : undefined);
  const { roundBegunAt } = await db.sweep.findUniqueOrThrow({ where: { name: 'trips' } });
  expect(Date.now() - roundBegunAt.getTime() < 60_000).toBe(round.isDue);
});
