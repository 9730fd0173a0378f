import { expect, test } from '@jest/globals';
import { shiftProcess, tripProcess } from '../../workflows/processes.ts';
import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aTrip, hubPoint } from '../world/factories.ts';
import { post } from '../world/api.ts';
import { temporal } from '../world/temporal.ts';
import { expectRefused } from './http/refused.ts';

const auditOf = (subjectId: string) => db.auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'asc' } });

test('operations nudge a trip of their hub, and the audit says who and in which request', async () => {
  const fleet = await aFleet();
  const trip = await aTrip(fleet);

  const answer = await post(`/trips/${trip.id}/nudge`, {}, fleet.operations);

  expect(answer.status).toBe(200);
  expect(answer.body.data).toEqual({ retried: [] });
  expect(await auditOf(trip.id)).toMatchObject([
    {
      action: 'trip.nudged',
      actorId: fleet.operations.id,
      actorRole: 'OPERATIONS',
      requestId: answer.headers.get('x-request-id'),
    },
  ]);
});

test('a trip that was closed in its row by hand ends when it is nudged', async () => {
  const fleet = await aFleet();
  const { id } = await aTrip(fleet);
  await post(`/trips/${id}/nudge`, {}, fleet.manager);
  const row = await db.trip.update({
    where: { id },
    data: { status: 'CANCELLED' },
    include: { tripAssignments: true },
  });

  await post(`/trips/${id}/nudge`, {}, fleet.manager);

  await temporal.workflow.getHandle(tripProcess(tripFacts(row)).workflowId).result();
  expect((await post(`/trips/${id}/nudge`, {}, fleet.manager)).body.data).toEqual({ retried: [] });
});

test('a shift is nudged by those who decide it; a stranger does not see it', async () => {
  const [fleet, other] = [await aFleet(), await aFleet()];
  const driver = await aDriver(fleet);
  const { id } = (await post('/attendance/check-in', hubPoint, driver)).body.data;

  expect((await post(`/attendance/${id}/nudge`, {}, fleet.manager)).body.data).toEqual({ retried: [] });
  expectRefused(await post(`/attendance/${id}/nudge`, {}, other.manager), 403, 'SCOPE_FORBIDDEN');
  expectRefused(await post(`/attendance/${id}/nudge`, {}, driver), 403, 'FORBIDDEN');

  const shift = await db.attendance.findUniqueOrThrow({ where: { id }, include: { breaks: true } });
  const { status } = await temporal.workflow.getHandle(shiftProcess(shiftFacts(shift)).workflowId).describe();
  expect(status.name).toBe('RUNNING');
  expect(await auditOf(id)).toMatchObject([{ action: 'attendance.nudged', actorId: fleet.manager.id }]);
});
