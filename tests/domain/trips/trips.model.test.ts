import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  arrive,
  assign,
  board,
  cancel,
  complete,
  loseDriver,
  noShow,
  reassign,
  start,
  unassign,
} from '../../../workflows/domain/trips/trips.ts';
import type { TripFacts } from '../../../workflows/domain/trips/trips.ts';
import { aTrip, connaughtPlace, desk, driver, fromPickup, inPaise, northOf, refusalOf } from '../facts.ts';

const byDriver = ['start', 'arrive', 'board', 'complete', 'noShow'] as const;
const byDesk = ['assign', 'unassign', 'reassign', 'loseDriver', 'cancel'] as const;
const commands = [...byDriver, ...byDesk];

interface Step {
  command: (typeof commands)[number];
  /** Milliseconds since the step before. */
  afterMs: number;
  /** Who drives, or who shall. */
  driverId: string;
  metersAway: number | null;
  codeChecked: boolean;
}

interface Booking {
  hasCode: boolean;
  pickupKnown: boolean;
}

interface Model {
  place: 'waiting' | 'assigned' | 'coming' | 'there' | 'riding' | 'done' | 'cancelled' | 'nobody';
  driverId: string | null;
}

/** The lifecycle once more, in one function and in other words: the trip after the step, or null when it is refused. */
const after = (trip: Model, booking: Booking, step: Step, nowMs: number): Model | null => {
  const { place } = trip;
  const minutes = (nowMs - fromPickup(0)) / 60_000;
  const near = !booking.pickupKnown || (step.metersAway !== null && step.metersAway <= 500);
  const approaching = place === 'coming' || place === 'there';
  const own = trip.driverId === step.driverId;
  const over = (end: Model['place']): Model => ({ place: end, driverId: null });
  switch (step.command) {
    case 'assign':
      return place === 'waiting' ? { place: 'assigned', driverId: step.driverId } : null;
    case 'start':
      return place === 'assigned' && own && minutes >= -150 ? { ...trip, place: 'coming' } : null;
    case 'arrive':
      return place === 'coming' && own && near && Math.abs(minutes) <= 30 ? { ...trip, place: 'there' } : null;
    case 'board': {
      const proven = !booking.hasCode || step.codeChecked;
      const inOrder = place === 'there' || (place === 'coming' && (minutes > 30 || !booking.hasCode));
      return inOrder && own && proven ? { ...trip, place: 'riding' } : null;
    }
    case 'complete':
      return own && (place === 'riding' || (approaching && !booking.hasCode)) ? over('done') : null;
    case 'noShow':
      return own && approaching && minutes >= 30 && (place === 'there' || near) ? over('nobody') : null;
    case 'unassign':
      return approaching || place === 'assigned' || place === 'waiting' ? over('waiting') : null;
    case 'reassign': {
      const another = { place: 'assigned', driverId: step.driverId } as const;
      return (approaching || place === 'assigned') && !own ? another : null;
    }
    case 'loseDriver':
      return place === 'assigned' && own ? over('waiting') : trip;
    case 'cancel':
      return approaching || place === 'assigned' || place === 'waiting' ? over('cancelled') : null;
  }
};

const seenAs = ({ status, phase, driverId }: TripFacts): Model => {
  const places: Record<string, Model['place']> = {
    CREATED: 'waiting',
    DRIVER_ASSIGNED: 'assigned',
    'STARTED EN_ROUTE': 'coming',
    'STARTED ARRIVED': 'there',
    'STARTED ONBOARD': 'riding',
    COMPLETED: 'done',
    CANCELLED: 'cancelled',
    NO_SHOW: 'nobody',
  };
  return { place: places[phase ? `${status} ${phase}` : status]!, driverId };
};

const bill = {
  reportedFarePaise: null,
  actualDistanceKm: null,
  tollPaise: inPaise(0),
  parkingPaise: inPaise(0),
  stateTaxPaise: inPaise(0),
  extraKms: null,
  extraMinutes: null,
};

const handle = (trip: TripFacts, step: Step, nowMs: number): TripFacts => {
  const { driverId, codeChecked } = step;
  const by = { ...driver, driverId };
  const at = step.metersAway === null ? null : northOf(connaughtPlace, step.metersAway);
  const decide = () => {
    switch (step.command) {
      case 'assign':
        return assign(trip, { by: desk, driverId, assignmentId: 'assignment-1' }, nowMs);
      case 'start':
        return start(trip, { by, at }, nowMs);
      case 'arrive':
        return arrive(trip, { by, at }, nowMs);
      case 'board':
        return board(trip, { by, at, codeChecked }, nowMs);
      case 'complete':
        return complete(trip, { by, at, ...bill }, nowMs);
      case 'noShow':
        return noShow(trip, { by, at, textId: null }, nowMs);
      case 'unassign':
        return unassign(trip, { by: desk }, nowMs);
      case 'reassign':
        return reassign(trip, { by: desk, driverId, assignmentId: 'assignment-2' }, nowMs);
      case 'loseDriver':
        return loseDriver(trip, { driverId }, nowMs);
      case 'cancel':
        return cancel(trip, { by: desk, textId: 'text-1' }, nowMs);
    }
  };
  return { ...trip, ...decide()?.set };
};

/** What must never be, however the trip came here. */
const faults = ({ status, phase, startedAt, arrivedAt, boardedAt }: TripFacts): string[] => {
  const stamps = [startedAt, arrivedAt, boardedAt].filter((stamp) => stamp !== null);
  const unbegun = status === 'CREATED' || status === 'DRIVER_ASSIGNED';
  return [
    ...((phase !== null) === (status === 'STARTED') ? [] : ['a phase belongs to a started trip']),
    ...(String(stamps) === String(stamps.toSorted()) ? [] : ['started, arrived, boarded: in this order']),
    ...(unbegun && stamps.length > 0 ? ['a trip that waits has no stamps'] : []),
    ...(status === 'STARTED' && !startedAt ? ['a started trip knows since when'] : []),
    ...(phase === 'EN_ROUTE' && arrivedAt ? ['who is on the way has not arrived'] : []),
    ...(phase === 'ARRIVED' && !arrivedAt ? ['an arrival has its stamp'] : []),
    ...((phase === 'EN_ROUTE' || phase === 'ARRIVED') && boardedAt ? ['nobody boards before the ride'] : []),
    ...(phase === 'ONBOARD' && !boardedAt ? ['a boarding has its stamp'] : []),
  ];
};

const often = <T>(weight: number, value: T) => ({ weight, arbitrary: fc.constant(value) });

const aStep: fc.Arbitrary<Step> = fc.record({
  command: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...byDriver) },
    { weight: 2, arbitrary: fc.constantFrom(...byDesk) },
  ),
  // Multiples of ten minutes meet the borders of the windows, a millisecond steps over them.
  afterMs: fc.constantFrom(0, 1, 600_000, 1_200_000, 1_800_000, 3_600_000),
  driverId: fc.oneof(often(4, 'driver-1'), often(1, 'driver-2')),
  metersAway: fc.oneof(often(6, 499), often(1, 501), often(1, null)),
  codeChecked: fc.boolean(),
});

const plainly = { driverId: 'driver-1', metersAway: 0, codeChecked: false };

/** Many trips begin well, so that the late places are asked as often as the early ones. */
const headStart: Step[] = [
  { command: 'assign', afterMs: 0, ...plainly },
  { command: 'start', afterMs: 3_600_000, ...plainly },
  { command: 'arrive', afterMs: 5_400_000, ...plainly },
];

test('whatever is asked of a trip in whatever order, it goes the ways of its lifecycle and no other', () => {
  const seen = new Set<string>();

  fc.assert(
    fc.property(
      fc.record({ hasCode: fc.boolean(), pickupKnown: fc.boolean() }),
      fc.nat(headStart.length),
      fc.array(aStep, { minLength: 5, maxLength: 25 }),
      (booking, begun, steps) => {
        const expected: unknown[] = [];
        const actual: unknown[] = [];
        const pickup = booking.pickupKnown ? connaughtPlace : null;
        let model: Model = { place: 'waiting', driverId: null };
        let trip = aTrip({ status: 'CREATED', driverId: null, hasCode: booking.hasCode, pickup });
        let nowMs = fromPickup(-170);

        for (const step of [...headStart.slice(0, begun), ...steps]) {
          nowMs += step.afterMs;
          const moved = after(model, booking, step, nowMs);
          seen.add(`${step.command}: ${moved ? 'yes' : 'no'}`);
          model = moved ?? model;
          seen.add(model.place);
          const refused = refusalOf(() => (trip = handle(trip, step, nowMs)));
          expected.push([step.command, { refused: moved === null }, model, []]);
          actual.push([step.command, { refused: refused !== null }, seenAs(trip), faults(trip)]);
        }

        expect(actual).toEqual(expected);
      },
    ),
    { numRuns: 400 },
  );

  // Every place was seen, and every command got its yes and its no, so agreement means something.
  const answers = commands.flatMap((command) => [`${command}: yes`, `${command}: no`]);
  expect([...seen].toSorted()).toEqual(
    [
      ...['waiting', 'assigned', 'coming', 'there', 'riding', 'done', 'cancelled', 'nobody'],
      ...answers.filter((answer) => answer !== 'loseDriver: no'),
    ].toSorted(),
  );
});
