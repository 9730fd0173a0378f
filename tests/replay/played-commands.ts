import { randomUUID } from 'node:crypto';
import { shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { monthOf, previousMonth } from '../../workflows/domain/money/ledger.ts';
import { refundFacts } from '../../workflows/domain/money/refunds.ts';
import { istDay } from '../../workflows/domain/time.ts';
import { approveManualJournal, closeMonth } from '../../workflows/money/ledger.ts';
import { decide } from '../../workflows/shared/outside-call.ts';
import { nudge } from '../../workflows/shared/record.ts';
import { refundProcess, shiftProcess, startOptions, tripProcess } from '../../workflows/processes.ts';
import type { Process } from '../../workflows/processes.ts';
import { attributes } from '../../workflows/shared/search-attributes.ts';
import { coreQueue } from '../../workflows/shared/task-queues.ts';
import { factsOfTrip } from '../activities/changes.ts';
import { aDue } from '../api/money/payments.ts';
import { patch, post } from '../world/api.ts';
import { bookTrip, checkIn, shiftCommands, tripCommands } from '../world/commands.ts';
import type { ShiftCommand, TripCommand } from '../world/commands.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aTrip, aVehicle, aUser } from '../world/factories.ts';
import { anUnbegunRefund, gateway } from '../world/money/refunds.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';
import { asStaff } from '../world/actors.ts';

import { done, handleOf } from './asked.ts';
import { collectionScenes } from './played-collections.ts';
import { moneyScenes } from './played-money.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

/** A booked trip, and its commands one after the other. */
const aTripWith = async (fleet: Fleet, pickupInMinutes = 10) => {
  const trip = await bookTrip(fleet, { pickupInMinutes });
  const driver = await aDriver(fleet);
  const commands = tripCommands(fleet, trip, driver, await aDriver(fleet));
  const does = async (...names: TripCommand[]) => {
    for (const name of names) await done(commands[name]());
  };
  return { id: trip.id, workflowId: `trip:${trip.id}`, driver, does };
};

const aShiftWith = async (fleet: Fleet, how: { vehicle?: boolean } = {}) => {
  const driver = await aDriver(fleet, how);
  const { id } = await checkIn(driver);
  const commands = shiftCommands(fleet, { id }, driver);
  const does = async (...names: ShiftCommand[]) => {
    for (const name of names) await done(commands[name]());
  };
  return { id, workflowId: `shift:${id}`, driver, does };
};

const leave = { odometer: 1040 };
const forced = (attendanceId: string) => ({ attendanceId, force: true, remarks: 'Forgotten', ...leave });

const tripReassigned = async (fleet: Fleet) => {
  const { workflowId, does } = await aTripWith(fleet);
  await does('assign', 'reassign', 'unassign');
  const pickupTime = inMinutes(20).toISOString();
  await handleOf(workflowId).executeUpdate('reschedule', { args: [{ pickupTime }] });
  await does('assign', 'cancel');
  return workflowId;
};

const tripNoShow = async (fleet: Fleet) => {
  const { workflowId, does } = await aTripWith(fleet, -31);
  await does('assign', 'start', 'noShow');
  return workflowId;
};

/** `unassignedLate` is due an hour before the pickup. */
const tripAlerted = async (fleet: Fleet) => {
  const { id } = await aTrip(fleet, { pickupInMinutes: 60.2 });
  await done(post(`/trips/${id}/nudge`, {}, fleet.manager));
  const told = () => db.notification.findFirst({ where: { userId: fleet.manager.id, dedupeKey: { contains: id } } });
  await until(told, 'the alert');
  await done(post('/admin/trips/cancel', { tripId: id, reason: 'Ill' }, fleet.operations));
  return `trip:${id}`;
};

const tripHold = async (fleet: Fleet) => {
  const { id } = await aTrip(fleet, { pickupInMinutes: 600 });
  await db.trip.update({ where: { id }, data: { status: 'BLOCKED', holdExpiresAt: inMinutes(0.05) } });
  await done(post(`/trips/${id}/nudge`, {}, fleet.manager));
  return `trip:${id}`;
};

const begin = (process: Process) => temporal.workflow.start(process.type, startOptions(process));

/** A command that does not get through while its row is locked, until a nudge. */
const tripStuck = async (fleet: Fleet) => {
  const { id } = await aTrip(fleet);
  const facts = await factsOfTrip(id);
  const handle = await begin({ ...tripProcess(facts), args: [facts, null, 200] });
  await handle.executeUpdate(nudge, { args: [{ by: null }] });
  let sent: Promise<unknown>;
  await db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT "id" FROM "trips" WHERE "id" = ${id}::uuid FOR UPDATE`;
      sent = handle.executeUpdate('cancel', { args: [{ by: asStaff(randomUUID()), textId: null }] });
      const needsHuman = async () => (await handle.describe()).typedSearchAttributes.get(attributes.NeedsHuman);
      await until(needsHuman, 'the trip to need a human');
      await handle.executeUpdate(nudge, { args: [{ by: null }] });
    },
    { timeout: 30_000 },
  );
  await sent!;
  return handle.workflowId;
};

/** The first run of a record that goes on in a fresh one after two updates. */
const firstOfTwoRuns = async (process: Process, last: () => Promise<unknown>) => {
  const handle = await begin(process);
  for (const _ of [1, 2]) await handle.executeUpdate(nudge, { args: [{ by: null }] });
  await last();
  return `${handle.workflowId}/${handle.firstExecutionRunId}`;
};

const tripContinued = async (fleet: Fleet) => {
  const { id } = await aTrip(fleet);
  const facts = await factsOfTrip(id);
  return firstOfTwoRuns({ ...tripProcess(facts), args: [facts, null, 15_000, 2] }, () =>
    done(post('/admin/trips/cancel', { tripId: id, reason: 'Ill' }, fleet.operations)),
  );
};

const aShiftRow = async (fleet: Fleet, staleAt: Date) => {
  const { id: driverId } = await aDriver(fleet);
  const owner = { driverId, fleetId: fleet.id, hubId: fleet.hubId };
  const data = { id: randomUUID(), ...owner, checkInTime: inMinutes(-60), staleAt, source: 'DRIVER' as const };
  return db.attendance.create({ data, include: { breaks: true } });
};

const shiftContinued = async (fleet: Fleet) => {
  const facts = shiftFacts(await aShiftRow(fleet, inMinutes(60)));
  return firstOfTwoRuns({ ...shiftProcess(facts), args: [facts, 2] }, () =>
    done(post(`/attendance/${facts.attendanceId}/reject`, { remarks: 'No selfie' }, fleet.manager)),
  );
};

const shiftRejected = async (fleet: Fleet) => {
  const { workflowId, does } = await aShiftWith(fleet);
  await does('reject');
  return workflowId;
};

const shiftVehicleGiven = async (fleet: Fleet) => {
  const { id, workflowId, driver, does } = await aShiftWith(fleet, { vehicle: false });
  const vehicle = await aVehicle(fleet.id, fleet.hubId);
  await done(post('/assignments', { driverId: driver.id, vehicleId: vehicle.id }, fleet.manager));
  await until(async () => (await db.attendance.findUniqueOrThrow({ where: { id } })).vehicleId, 'the vehicle');
  await does('approve');
  await done(post('/attendance/check-out', leave, driver));
  return workflowId;
};

const shiftStale = async (fleet: Fleet) => {
  const { id } = await aShiftRow(fleet, inMinutes(0.05));
  await done(post(`/attendance/${id}/approve`, {}, fleet.manager));
  const flags = async () => (await db.attendance.findUniqueOrThrow({ where: { id } })).flags;
  await until(async () => (await flags()).includes('STALE'), 'the flag');
  await done(post('/attendance/check-out', forced(id), fleet.manager));
  return `shift:${id}`;
};

/** A driver with an assigned trip and an open shift is suspended: both lose them. */
const driverLost = async (fleet: Fleet) => {
  const { driver, ...trip } = await aTripWith(fleet);
  const { id } = await checkIn(driver);
  await done(post(`/attendance/${id}/approve`, {}, fleet.manager));
  await trip.does('assign');
  await done(patch(`/drivers/${driver.id}/status`, { status: 'SUSPENDED', reason: 'Heard' }, fleet.superAdmin));
  const isFree = async () => (await db.trip.findUniqueOrThrow({ where: { id: trip.id } })).status === 'CREATED';
  await until(isFree, 'the trip without its driver');
  const flags = async () => (await db.attendance.findUniqueOrThrow({ where: { id } })).flags;
  await until(async () => (await flags()).includes('DRIVER_DEACTIVATED'), 'the flag');
  await trip.does('cancel');
  await done(post('/attendance/check-out', forced(id), fleet.manager));
  return { tripDriverLost: trip.workflowId, shiftDriverLost: `shift:${id}` };
};

/** Runs a workflow that takes no commands. */
const ran = async (
  type: 'ledgerCheckWorkflow' | 'monthsDueWorkflow' | 'rentalIncomeWorkflow' | 'gatewayDaysWorkflow',
  ...args: unknown[]
): Promise<string> => {
  const workflowId = `${type}-${randomUUID()}`;
  await temporal.workflow.execute(type, { workflowId, taskQueue: coreQueue, args });
  return workflowId;
};

const manualJournal = async (fleet: Fleet) => {
  const entries = [
    { code: 5020, side: 'D', amount: 12.5 },
    { code: 1010, side: 'C', amount: 12.5 },
  ];
  const root = '/payments/admin/ledger/journals';
  const written = await post(root, { reason: 'Bank charge', entries }, fleet.superAdmin);
  const { id } = written.body.data as { id: string };
  const input = { manualJournalId: id, by: asStaff((await aUser('SUPER_ADMIN', null)).id, 'SUPER_ADMIN') };
  await until(
    () =>
      handleOf(`manual-journal:${id}`)
        .describe()
        .catch(() => null),
    'the workflow of the journal',
  );
  await handleOf(`manual-journal:${id}`).executeUpdate(approveManualJournal, { args: [input] });
  return `manual-journal:${id}`;
};

const dueWriteOff = async (fleet: Fleet) => {
  const { id: driverId } = await aDriver(fleet, { vehicle: false });
  const due = await aDue({ driverId, fleetId: fleet.id });
  const path = `/payments/admin/dues/${due.id}/write-off`;
  const { id } = (await post(path, { reason: 'Left' }, fleet.manager)).body.data as { id: string };
  const workflowId = `due-write-off:${id}`;
  await until(
    () =>
      handleOf(workflowId)
        .describe()
        .catch(() => null),
    'the workflow of the write-off',
  );
  await handleOf(workflowId).executeUpdate('lapseWriteOff', { args: [id] });
  await done(post(`${path}/approve`, {}, fleet.fleetAdmin));
  return workflowId;
};

const monthClose = async () => {
  const month = previousMonth(monthOf(istDay(Date.now())));
  const workflowId = `month-close-${randomUUID()}`;
  const handle = await temporal.workflow.start('monthCloseWorkflow', {
    workflowId,
    taskQueue: coreQueue,
    args: [month],
  });
  await handle.executeUpdate(closeMonth, { args: [{ month, by: null }] });
  return workflowId;
};

/** A refund of which the gateway says nothing to the end, decided by a person. */
const refundDecided = async (fleet: Fleet) => {
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
  const { row } = await anUnbegunRefund(fleet);
  await gateway.scenario({ match: row.number, call: 'refund', answer: 'lose' });
  await gateway.scenario({ match: row.number, call: 'retrieveRefund', answer: 'refuse' });
  const process = refundProcess(refundFacts(row));
  const args = [refundFacts(row), { enquiriesMs: [200, 400] }];
  const handle = await temporal.workflow.start(process.type, { ...startOptions(process), args: args as never });
  const needsHuman = async () => (await handle.describe()).typedSearchAttributes.get(attributes.NeedsHuman);
  await until(needsHuman, 'the refund to need a human');
  const found = { answer: { status: 'SETTLED' }, by: asStaff(fleet.superAdmin.id, 'SUPER_ADMIN') };
  await handle.executeUpdate(decide, { args: [found] });
  return handle.workflowId;
};

const scenes = {
  ...{ tripReassigned, tripNoShow, tripAlerted, tripHold, tripStuck, tripContinued },
  ...{ shiftRejected, shiftVehicleGiven, shiftStale, shiftContinued },
  ...moneyScenes,
  ...collectionScenes,
  ...{ manualJournal, dueWriteOff, monthClose, refundDecided },
  ledgerCheck: () => ran('ledgerCheckWorkflow', 'INCREMENTAL'),
  monthsDue: () => ran('monthsDueWorkflow'),
  rentalIncome: () => ran('rentalIncomeWorkflow'),
  gatewayDays: () => ran('gatewayDaysWorkflow'),
};

/**
 * Every command, deadline, nudge and fresh run that a played day does not have, each on a record of its own. Returns the workflows
 * by their kind.
 */
export const playCommands = async (): Promise<Record<string, string>> => {
  const fleet = await aFleet();
  const lost = driverLost(fleet);
  const played = Object.entries(scenes).map(async ([kind, play]) => [kind, await play(fleet)] as const);
  return { ...Object.fromEntries(await Promise.all(played)), ...(await lost) };
};
