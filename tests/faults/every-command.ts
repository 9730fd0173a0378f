import { bookTrip, checkIn, shiftCommands, tripCommands } from '../world/commands.ts';
import type { ShiftCommand, TripCommand } from '../world/commands.ts';
import { db } from '../world/database.ts';
import { aDriver } from '../world/factories.ts';
import type { aFleet } from '../world/factories.ts';
import type { Answered } from '../world/send-until-answered.ts';

/** Every command of a trip and of a shift, and what was done before it. */
interface TripCase {
  command: TripCommand;
  after: TripCommand[];
  pickupInMinutes?: number;
}

const tripCases: TripCase[] = [
  { command: 'assign', after: [] },
  { command: 'reassign', after: ['assign'] },
  { command: 'unassign', after: ['assign'] },
  { command: 'cancel', after: ['assign'] },
  { command: 'start', after: ['assign'] },
  { command: 'arrive', after: ['assign', 'start'] },
  { command: 'board', after: ['assign', 'start', 'arrive'] },
  { command: 'complete', after: ['assign', 'start', 'arrive', 'board'] },
  { command: 'noShow', after: ['assign', 'start'], pickupInMinutes: -31 },
];
interface ShiftCase {
  command: ShiftCommand;
  after: ShiftCommand[];
}

const shiftCases: ShiftCase[] = [
  { command: 'approve', after: [] },
  { command: 'reject', after: [] },
  { command: 'startBreak', after: ['approve'] },
  { command: 'endBreak', after: ['approve', 'startBreak'] },
  { command: 'checkOut', after: ['approve', 'startBreak'] },
];

type Fleet = Awaited<ReturnType<typeof aFleet>>;

/** A record where its next command finds it: the command, and the events that must be there after it, in their order. */
export interface Case {
  send: () => Promise<Answered>;
  expected: string[];
  events: () => Promise<{ type: string }[]>;
}

const prepareTrip = async (fleet: Fleet, { command, after, pickupInMinutes }: TripCase): Promise<Case> => {
  const trip = await bookTrip(fleet, pickupInMinutes === undefined ? {} : { pickupInMinutes });
  const commands = tripCommands(fleet, trip, await aDriver(fleet), await aDriver(fleet));
  for (const name of after) await commands[name]();
  const events = () => db.tripEvent.findMany({ where: { tripId: trip.id }, orderBy: { id: 'asc' } });
  return { send: commands[command], expected: ['create', ...after, command], events };
};

const prepareShift = async (fleet: Fleet, { command, after }: ShiftCase): Promise<Case> => {
  const driver = await aDriver(fleet);
  const shift = await checkIn(driver);
  const commands = shiftCommands(fleet, shift, driver);
  for (const name of after) await commands[name]();
  const events = () => db.attendanceEvent.findMany({ where: { attendanceId: shift.id }, orderBy: { id: 'asc' } });
  return { send: commands[command], expected: ['checkIn', ...after, command], events };
};

/** Every kind of command, each on a record of its own and ready to be sent. */
export const everyCommand = (fleet: Fleet): Promise<Case[]> =>
  Promise.all([
    ...tripCases.map((one) => prepareTrip(fleet, one)),
    ...shiftCases.map((one) => prepareShift(fleet, one)),
  ]);
