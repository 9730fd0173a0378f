export type TripStatus =
  | 'BLOCKED'
  | 'CREATED'
  | 'DRIVER_ASSIGNED'
  | 'STARTED'
  | 'COMPLETED'
  | 'CANCELLED'
  | 'CANCELLED_BY_PARTNER'
  | 'NO_SHOW';
export type TripPhase = 'EN_ROUTE' | 'ARRIVED' | 'ONBOARD';

/** A row of the lifecycle table: the status, and while the trip is STARTED its phase. */
export type TripStage = Exclude<TripStatus, 'STARTED'> | TripPhase;

export interface Move {
  from: readonly TripStage[];
  /** Null: the trip stays where it is. */
  to: TripStage | null;
  actor: 'staff' | 'driver' | 'partner' | 'system';
}

const beforeStart = ['CREATED', 'DRIVER_ASSIGNED'] as const;
const beforeBoarding = ['EN_ROUTE', 'ARRIVED'] as const;
const running = ['EN_ROUTE', 'ARRIVED', 'ONBOARD'] as const;

/** The lifecycle table, row by row. Source: trips.md, Lifecycle. Everything that is not here is refused. */
export const tripMoves = {
  paid: { from: ['BLOCKED'], to: 'CREATED', actor: 'partner' },
  expireHold: { from: ['BLOCKED'], to: 'CANCELLED', actor: 'system' },
  assign: { from: ['CREATED'], to: 'DRIVER_ASSIGNED', actor: 'staff' },
  unassign: { from: ['DRIVER_ASSIGNED', ...beforeBoarding], to: 'CREATED', actor: 'staff' },
  reassign: { from: ['DRIVER_ASSIGNED', ...beforeBoarding], to: 'DRIVER_ASSIGNED', actor: 'staff' },
  start: { from: ['DRIVER_ASSIGNED'], to: 'EN_ROUTE', actor: 'driver' },
  arrive: { from: ['EN_ROUTE'], to: 'ARRIVED', actor: 'driver' },
  board: { from: beforeBoarding, to: 'ONBOARD', actor: 'driver' },
  complete: { from: running, to: 'COMPLETED', actor: 'driver' },
  noShow: { from: beforeBoarding, to: 'NO_SHOW', actor: 'driver' },
  reschedule: { from: beforeStart, to: null, actor: 'partner' },
  cancel: { from: ['BLOCKED', ...beforeStart, ...beforeBoarding], to: 'CANCELLED', actor: 'staff' },
  cancelByPartner: {
    from: ['BLOCKED', ...beforeStart, ...beforeBoarding],
    to: 'CANCELLED_BY_PARTNER',
    actor: 'partner',
  },
  syncStarted: { from: ['DRIVER_ASSIGNED'], to: 'EN_ROUTE', actor: 'partner' },
  syncCompleted: { from: ['DRIVER_ASSIGNED', ...running], to: 'COMPLETED', actor: 'partner' },
  syncCancelled: { from: ['DRIVER_ASSIGNED', ...running], to: 'CANCELLED_BY_PARTNER', actor: 'partner' },
} as const satisfies Record<string, Move>;

export type TripMove = keyof typeof tripMoves;

/** What a row says of a stage. */
export interface Place {
  status: TripStatus;
  phase: TripPhase | null;
}

const over: readonly TripStatus[] = ['COMPLETED', 'CANCELLED', 'CANCELLED_BY_PARTNER', 'NO_SHOW'];

export const isOver = ({ status }: { status: TripStatus }): boolean => over.includes(status);

export const stageOf = ({ status, phase }: Place): TripStage => (status === 'STARTED' ? (phase ?? 'EN_ROUTE') : status);

/**
 * What people may do with a trip that is here, for who tried something else. With a boarding code the passenger boards after the
 * arrival, and only then the trip can end.
 */
export const possibleMoves = (place: Place, hasCode: boolean): TripMove[] => {
  const stage = stageOf(place);
  const waitsForCode: Partial<Record<TripMove, boolean>> = {
    board: stage === 'EN_ROUTE',
    complete: stage !== 'ONBOARD',
  };
  const moves = Object.entries(tripMoves) as [TripMove, Move][];
  return moves
    .filter(([, { from, actor }]) => from.includes(stage) && (actor === 'staff' || actor === 'driver'))
    .map(([move]) => move)
    .filter((move) => !(hasCode && waitsForCode[move]));
};

export const statusOf = (stage: TripStage): Place =>
  stage === 'EN_ROUTE' || stage === 'ARRIVED' || stage === 'ONBOARD'
    ? { status: 'STARTED', phase: stage }
    : { status: stage, phase: null };
