import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { finalFare, nightCharge, waitingCharge } from '../../../workflows/domain/trips/pricing.ts';
import type { TripType } from '../../../workflows/domain/trips/pricing.ts';
import { aCompletion, fromPickup, inPaise, iso } from '../facts.ts';

const waited = (minutes: number, milliseconds = 0) =>
  waitingCharge(iso(fromPickup(0)), iso(fromPickup(minutes, milliseconds)));

test.each([
  [0, 0],
  [45, 0],
  [46, 100],
  [75, 100],
  [76, 200],
  [105, 200],
  [106, 300],
  [135, 300],
  [136, 400],
  [45 + 47 * 30, 4700],
  [45 + 47 * 30 + 1, 4800],
  [45 + 48 * 30 + 1, 4800],
  [7 * 24 * 60, 4800],
])('%d minutes of waiting cost %d rupees', (minutes, rupees) => {
  expect(waited(minutes)).toBe(inPaise(rupees));
  expect(waited(minutes, 59_999)).toBe(inPaise(rupees));
});

test.each([
  ['nobody reported the arrival', null, iso(fromPickup(90))],
  ['nobody boarded', iso(fromPickup(0)), null],
  ['the stamps are in the wrong order', iso(fromPickup(300)), iso(fromPickup(0))],
])('waiting is free when %s', (_, arrivedAt, boardedAt) => {
  expect(waitingCharge(arrivedAt, boardedAt)).toBe(0);
});

test.each([
  ['22:59:59.999', 0],
  ['23:00:00.000', 300],
  ['23:59:59.999', 300],
  ['00:00:00.000', 300],
  ['04:59:59.999', 300],
  ['05:00:00.000', 0],
  ['12:00:00.000', 0],
])('a pickup at %s in India, quoted at 1200, pays %d rupees for the night', (clock, rupees) => {
  expect(nightCharge(`2026-11-22T${clock}+05:30`, inPaise(1200))).toBe(inPaise(rupees));
});

test.each([
  [999, 250],
  [1000, 250],
  [1001, 250.25],
])('a quote of %d rupees pays %d for the night', (quoted, rupees) => {
  expect(nightCharge('2026-11-22T02:00:00+05:30', inPaise(quoted))).toBe(inPaise(rupees));
});

test.each([
  [800, 800, false],
  [799.99, 1000, true],
  [1200, 1200, false],
  [1200.01, 1000, true],
  [1000, 1000, false],
  [0, 1000, true],
])('a driver who reports %d for a quote of 1000 is believed %d; review: %s', (reported, applied, review) => {
  const fare = finalFare(aCompletion({ reportedFarePaise: inPaise(reported) }));

  expect([fare.appliedFarePaise, fare.fareReview]).toEqual([inPaise(applied), review]);
});

test('a prepaid trip keeps its quote, whatever is reported', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (reported) => {
      const completion = aCompletion({ paymentMethod: 'PREPAID', reportedFarePaise: inPaise(reported / 100) });

      expect(finalFare(completion)).toMatchObject({ appliedFarePaise: inPaise(1000), fareReview: false });
    }),
  );
});

const someRupees = fc.nat(20_000).map(inPaise);
const somePaise = fc.nat(2_000_000).map((amount) => inPaise(amount / 100));
const anInstant = fc.integer({ min: -600, max: 6000 }).map((minutes) => iso(fromPickup(minutes)));

const anyCompletion = fc.record({
  tripType: fc.constantFrom<TripType>('AIRPORT', 'RENTAL', 'INTER_CITY'),
  paymentMethod: fc.constantFrom('CASH' as const, 'PREPAID' as const),
  pickupTime: anInstant,
  arrivedAt: fc.option(anInstant),
  boardedAt: fc.option(anInstant),
  quotedFarePaise: someRupees,
  reportedFarePaise: fc.option(somePaise),
  tollPaise: somePaise,
  parkingPaise: somePaise,
  stateTaxPaise: somePaise,
});

test('a total is the applied fare and all six extras, and nothing is lost', () => {
  fc.assert(
    fc.property(anyCompletion, (completion) => {
      const fare = finalFare(completion);
      const driverPaid = completion.tollPaise + completion.parkingPaise + completion.stateTaxPaise;

      expect(fare.extraTotalPaise).toBe(fare.waitingPaise + fare.nightPaise + fare.airportEntryPaise + driverPaid);
      expect(fare.totalPaise).toBe(fare.appliedFarePaise + fare.extraTotalPaise);
      expect(fare.airportEntryPaise).toBe(completion.tripType === 'AIRPORT' ? 27_000 : 0);
      expect(fare.waitingPaise).toBeLessThanOrEqual(480_000);
      expect(Object.values(fare).filter((value) => typeof value === 'number' && !Number.isSafeInteger(value))).toEqual(
        [],
      );
    }),
  );
});

test('a reported fare is applied exactly when it is within a fifth of the quote', () => {
  const nearBorder = fc.tuple(
    fc.integer({ min: 1, max: 20_000 }),
    fc.constantFrom(80, 120),
    fc.integer({ min: -2, max: 2 }),
  );

  fc.assert(
    fc.property(nearBorder, ([rupees, percent, off]) => {
      const quoted = inPaise(rupees);
      const reported = inPaise((rupees * percent + off) / 100);
      const within = BigInt(Math.abs(reported - quoted)) * 5n <= BigInt(quoted);

      const fare = finalFare(aCompletion({ quotedFarePaise: quoted, reportedFarePaise: reported }));

      expect(fare.appliedFarePaise).toBe(within ? reported : quoted);
      expect(fare.fareReview).toBe(!within);
    }),
  );
});
