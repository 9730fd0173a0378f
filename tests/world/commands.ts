import type { aDriver, aFleet } from './factories.ts';
import { aPhone, hubPoint } from './factories.ts';
import { sendUntilAnswered } from './send-until-answered.ts';
import type { Answered } from './send-until-answered.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;
type Driver = Pick<Awaited<ReturnType<typeof aDriver>>, 'id' | 'token'>;

const booking = { pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' };

interface Wish {
  /** Ten unless told otherwise; bookings may be two hours late. */
  pickupInMinutes?: number;
  tripType?: 'AIRPORT' | 'RENTAL' | 'INTER_CITY';
}

/** An arrangement of a test that was refused is a fault of the test. */
export const granted = (answer: Answered): Answered => {
  if (answer.status === 200 || answer.status === 201) return answer;
  throw new Error(`${answer.path} answered ${answer.statuses.join(', ')}: ${JSON.stringify(answer.body)}`);
};

/** Books a trip with passenger and boarding code, as a dispatcher does. */
export const bookTrip = async ({ operations }: Fleet, { pickupInMinutes = 10, tripType = 'INTER_CITY' }: Wish = {}) => {
  const pickupTime = new Date(Date.now() + pickupInMinutes * 60_000).toISOString();
  const passenger = { passengerName: 'Priya', passengerPhone: aPhone(), boardingCode: true };
  const answer = granted(
    await sendUntilAnswered('/trips', { ...booking, ...passenger, tripType, pickupTime }, operations),
  );
  return { ...answer, id: answer.body.data.id as string, code: answer.body.data.providerMeta.otp as string };
};

/** Everything that one may do with a trip over HTTP, by the name of its event. */
export const tripCommands = (fleet: Fleet, trip: { id: string; code: string }, driver: Driver, other: Driver) => {
  const { operations } = fleet;
  const here = hubPoint;
  return {
    assign: () => sendUntilAnswered('/admin/trips/assign', { tripId: trip.id, driverId: driver.id }, operations),
    reassign: () => sendUntilAnswered('/admin/trips/reassign', { tripId: trip.id, driverId: other.id }, operations),
    unassign: () => sendUntilAnswered('/admin/trips/unassign', { tripId: trip.id }, operations),
    cancel: () =>
      sendUntilAnswered('/admin/trips/cancel', { tripId: trip.id, reason: 'The passenger is ill' }, operations),
    start: () => sendUntilAnswered(`/trips/${trip.id}/start`, here, driver),
    arrive: () => sendUntilAnswered(`/trips/${trip.id}/arrived`, here, driver),
    board: () => sendUntilAnswered(`/trips/${trip.id}/onboard`, { ...here, otp: trip.code }, driver),
    complete: () => sendUntilAnswered(`/trips/${trip.id}/complete`, here, driver),
    noShow: () => sendUntilAnswered(`/trips/${trip.id}/noshow`, here, driver),
  };
};

export type TripCommand = keyof ReturnType<typeof tripCommands>;

/** Opens a shift, as its driver does. */
export const checkIn = async (driver: Driver) => {
  const answer = granted(await sendUntilAnswered('/attendance/check-in', { ...hubPoint, odometer: 1000 }, driver));
  return { ...answer, id: answer.body.data.id as string };
};

/** Everything that one may do with an open shift over HTTP, by the name of its event. */
export const shiftCommands = ({ manager }: Fleet, shift: { id: string }, driver: Driver) => ({
  approve: () => sendUntilAnswered(`/attendance/${shift.id}/approve`, {}, manager),
  reject: () => sendUntilAnswered(`/attendance/${shift.id}/reject`, { remarks: 'No selfie' }, manager),
  startBreak: () => sendUntilAnswered('/attendance/start-break', {}, driver),
  endBreak: () => sendUntilAnswered('/attendance/end-break', {}, driver),
  checkOut: () => sendUntilAnswered('/attendance/check-out', { odometer: 1040, cashDeposited: 120 }, driver),
});

export type ShiftCommand = keyof ReturnType<typeof shiftCommands>;

interface Story {
  pickupInMinutes: number;
  commands: TripCommand[];
}

/** What may become of a trip. */
export const stories: Story[] = [
  { pickupInMinutes: 10, commands: ['assign', 'start', 'arrive', 'board', 'complete'] },
  { pickupInMinutes: 10, commands: ['assign', 'unassign', 'assign', 'start', 'cancel'] },
  { pickupInMinutes: 10, commands: ['assign', 'start', 'arrive', 'reassign', 'unassign', 'cancel'] },
  { pickupInMinutes: -31, commands: ['assign', 'start', 'noShow'] },
];

/** A whole day of a driver with one trip in it: the answers to everything that they and their staff sent. */
export const playDay = async (
  fleet: Fleet,
  driver: Driver,
  other = driver,
  story = stories[0]!,
): Promise<Answered[]> => {
  const shift = await checkIn(driver);
  const onShift = shiftCommands(fleet, shift, driver);
  const answers: Answered[] = [shift, await onShift.approve()];
  const trip = await bookTrip(fleet, story);
  const onTrip = tripCommands(fleet, trip, driver, other);
  answers.push(trip);
  for (const name of story.commands) answers.push(await onTrip[name]());
  for (const name of ['startBreak', 'endBreak', 'checkOut'] as const) answers.push(await onShift[name]());
  return answers;
};
