import type { Prisma } from '../../prisma/generated/client.ts';
import { shiftMoves } from '../../workflows/domain/shifts/attendance-lifecycle.ts';
import type { ShiftStage } from '../../workflows/domain/shifts/attendance-lifecycle.ts';
import { shiftFacts, shiftStage } from '../../workflows/domain/shifts/attendance.ts';
import type { ShiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { stageOf, tripMoves } from '../../workflows/domain/trips/trip-lifecycle.ts';
import type { Move, TripStage } from '../../workflows/domain/trips/trip-lifecycle.ts';

type Trip = Prisma.TripGetPayload<{ include: { events: true } }>;
type Shift = Prisma.AttendanceGetPayload<{ include: { breaks: true; events: true } }>;
interface Event {
  type: string;
  data: unknown;
  outcome: unknown;
}

/** A trip on the road goes on when it loses its driver; only operations hear of it. */
const isOnlyNews = ({ type, outcome }: Event): boolean =>
  type === 'driverLost' && (outcome as { set: { status?: string } }).set.status === undefined;

/** A move after which the trip goes back to dispatch, because its driver may not drive or is not free then. */
const losesDriver = ({ type, outcome }: Event): boolean =>
  type === 'driverLost' || (type === 'reschedule' && (outcome as { set: { status: string } }).set.status === 'CREATED');

/** Where the events of a trip lead by its lifecycle, and how often they moved it; null when they could not have happened. */
const tripAfter = ([booking, ...events]: Event[]): { stage: TripStage; version: number } | null => {
  if (booking?.type !== 'create') return null;
  let trip: { stage: TripStage; version: number } = { stage: 'CREATED', version: 0 };
  for (const event of events) {
    if (isOnlyNews(event)) continue;
    const move = (tripMoves as Record<string, Move>)[losesDriver(event) ? 'unassign' : event.type];
    if (!move?.from.includes(trip.stage)) return null;
    trip = { stage: move.to ?? trip.stage, version: trip.version + 1 };
  }
  return trip;
};

/** Whether a trip is exactly where its events lead. */
export const isTripExplained = (trip: Trip): boolean => {
  const after = tripAfter(trip.events);
  return after?.stage === stageOf(trip) && after.version === trip.version;
};

type ShiftState = Pick<ShiftFacts, 'approvalStatus' | 'cashStatus'> & { stage: ShiftStage };

/** What an event leaves of a shift besides its stage. */
const verdicts: Record<string, (event: Event) => Partial<ShiftState>> = {
  approve: () => ({ approvalStatus: 'APPROVED' }),
  reject: () => ({ approvalStatus: 'REJECTED' }),
  checkOut: ({ data }) => ({
    cashStatus: (data as { cashDepositedPaise: number }).cashDepositedPaise > 0 ? 'DECLARED' : 'NONE',
  }),
  recordCashReconciled: () => ({ cashStatus: 'RECONCILED' }),
};

const stageAfter = (stage: ShiftStage, type: string): ShiftStage | null => {
  if (type === 'driverLost') return stage === 'ON_BREAK' ? 'APPROVED' : stage;
  if (type === 'vehicleGiven') return stage;
  const move = (shiftMoves as Record<string, { to: Partial<Record<ShiftStage, ShiftStage>> }>)[type];
  return move?.to[stage] ?? null;
};

/** Where the events of a shift lead by its lifecycle; null when they could not have happened. */
const shiftAfter = ([checkIn, ...events]: Event[]): ShiftState | null => {
  if (checkIn?.type !== 'checkIn') return null;
  let shift: ShiftState = { stage: 'PENDING', approvalStatus: 'PENDING', cashStatus: 'NONE' };
  for (const event of events) {
    const stage = stageAfter(shift.stage, event.type);
    if (!stage) return null;
    shift = { ...shift, ...verdicts[event.type]?.(event), stage };
  }
  return shift;
};

/** Whether a shift is exactly where its events lead. */
export const isShiftExplained = (row: Shift): boolean => {
  const after = shiftAfter(row.events);
  const shift = shiftFacts(row);
  return (
    after?.stage === shiftStage(shift) &&
    after.approvalStatus === shift.approvalStatus &&
    after.cashStatus === shift.cashStatus
  );
};
