import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { untilWaiting } from '../../world/locks.ts';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet, aTrip, hubPoint } from '../../world/factories.ts';
import { temporal } from '../../world/temporal.ts';
import { expectRefused } from '../http/refused.ts';
import { aStartedTrip } from './rides.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Awaited<ReturnType<typeof aDriver>>;

const cancel = (tripId: string, by: { token: string }) =>
  post('/admin/trips/cancel', { tripId, reason: 'Flight was cancelled' }, by);

const tripOf = (id: string) => db.trip.findUniqueOrThrow({ where: { id } });

const commands = {
  assign: (id: string, fleet: Fleet, driver: Driver) =>
    post('/admin/trips/assign', { tripId: id, driverId: driver.id }, fleet.manager),
  reassign: (id: string, fleet: Fleet, driver: Driver) =>
    post('/admin/trips/reassign', { tripId: id, driverId: driver.id }, fleet.manager),
  unassign: (id: string, fleet: Fleet) => post('/admin/trips/unassign', { tripId: id }, fleet.manager),
  cancel: (id: string, fleet: Fleet) => cancel(id, fleet.manager),
  start: (id: string, _: Fleet, driver: Driver) => post(`/trips/${id}/start`, hubPoint, driver),
  arrived: (id: string, _: Fleet, driver: Driver) => post(`/trips/${id}/arrived`, hubPoint, driver),
  onboard: (id: string, _: Fleet, driver: Driver) => post(`/trips/${id}/onboard`, { otp: '4321' }, driver),
  noshow: (id: string, _: Fleet, driver: Driver) => post(`/trips/${id}/noshow`, hubPoint, driver),
  complete: (id: string, _: Fleet, driver: Driver) => post(`/trips/${id}/complete`, hubPoint, driver),
};

type Command = keyof typeof commands;

const driverCommands: Command[] = ['start', 'arrived', 'onboard', 'noshow', 'complete'];
const all = Object.keys(commands) as Command[];
const started = { status: 'STARTED' as const, startedAt: new Date() };

/** What is refused in each stage of a trip with a boarding code; what has a code of its own is tested above. */
const refusedIn = {
  CREATED: { row: { status: 'CREATED' as const }, refused: driverCommands },
  DRIVER_ASSIGNED: {
    row: { status: 'DRIVER_ASSIGNED' as const },
    refused: ['arrived', 'onboard', 'noshow', 'complete'] as Command[],
  },
  EN_ROUTE: {
    row: { ...started, phase: 'EN_ROUTE' as const },
    refused: ['assign', 'start', 'onboard', 'complete'] as Command[],
  },
  ARRIVED: {
    row: { ...started, phase: 'ARRIVED' as const, arrivedAt: new Date() },
    refused: ['assign', 'start', 'arrived', 'complete'] as Command[],
  },
  ONBOARD: {
    row: { ...started, phase: 'ONBOARD' as const, arrivedAt: new Date(), boardedAt: new Date() },
    refused: all.filter((command) => command !== 'complete'),
  },
  COMPLETED: { row: { status: 'COMPLETED' as const }, refused: all },
  CANCELLED: { row: { status: 'CANCELLED' as const }, refused: all },
  NO_SHOW: { row: { status: 'NO_SHOW' as const }, refused: all },
  CANCELLED_BY_PARTNER: { row: { status: 'CANCELLED_BY_PARTNER' as const }, refused: all },
};

test.each(Object.entries(refusedIn))('in stage %s every command that does not fit is refused', async (_, stage) => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aTrip(fleet, { code: '4321' });
  const row = await db.trip.update({ where: { id }, data: { phase: null, ...stage.row } });
  const open = ['DRIVER_ASSIGNED', 'STARTED'].includes(row.status);
  if (row.status !== 'CREATED') {
    const closed = open ? {} : { unassignedAt: new Date() };
    const link = { id: randomUUID(), tripId: id, driverId: driver.id, assignedAt: new Date(), ...closed };
    await db.tripAssignment.create({ data: { ...link, status: open ? 'ASSIGNED' : 'COMPLETED' } });
  }

  for (const command of stage.refused) {
    const answer = await commands[command](id, fleet, driver);
    expect({ command, code: answer.body.errorCode }).toEqual({ command, code: 'TRIP_STATE_INVALID' });
    expectRefused(answer, 400, 'TRIP_STATE_INVALID');
    expect(answer.body.error.details).toEqual({
      ...{ currentStatus: row.status, phase: row.phase },
      possible: expect.not.arrayContaining([command]),
    });
  }

  expect(await tripOf(id)).toMatchObject({ status: row.status, phase: row.phase, version: 0 });
});

test('a cancellation that comes while the trip is being completed is refused as if it had come after', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const { id } = await aStartedTrip(fleet, driver);

  // The cancellation has read the trip and is held where it writes down its reason.
  const cancelling = await db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "command_texts" IN SHARE ROW EXCLUSIVE MODE`;
    const held = [cancel(id, fleet.manager)];
    await untilWaiting(1);
    expect((await post(`/trips/${id}/complete`, {}, driver)).status).toBe(200);
    await temporal.workflow.getHandle(`trip:${id}`).result();
    return held;
  });
  const [answer] = await Promise.all(cancelling);

  expectRefused(answer!, 400, 'TRIP_STATE_INVALID');
  expect(answer!.body.error.details).toEqual({ currentStatus: 'COMPLETED', phase: null, possible: expect.any(Array) });
});
