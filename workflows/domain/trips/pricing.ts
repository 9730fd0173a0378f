import { paise, rupees, sum } from '../money.ts';
import type { Paise } from '../money.ts';
import { hourMs, istHour, minuteMs, ms } from '../time.ts';
import type { Instant } from '../time.ts';

export type TripType = 'AIRPORT' | 'RENTAL' | 'INTER_CITY';
export type VehicleClass = 'EV' | 'NON_EV';
export type BookingBand = 'T_1' | 'T_2';

/** The tariff. Multipliers in hundredths, so that fares are computed in whole numbers. Source: pricing.md, PricingConfig. */
export const tariff = {
  version: 1,
  ratePerKm: 25,
  minBillableKm: 5,
  tripTypeHundredths: { AIRPORT: 100, RENTAL: 110, INTER_CITY: 120 },
  bookingHundredths: { T_1: 100, T_2: 95 },
  vehicleHundredths: { EV: 100, NON_EV: 110 },
  bookingBandHours: 24,
  waitingFreeMinutes: 45,
  waitingBlockMinutes: 30,
  waitingBlockRupees: 100,
  waitingBlocksMax: 48,
  nightFromHour: 23,
  nightToHour: 5,
  nightPercent: 25,
  nightFloorRupees: 250,
  airportEntryRupees: 270,
  fareOverrideMaxPercent: 20,
} as const;

export interface Quote {
  distanceKm: number;
  billableKm: number;
  ratePerKm: number;
  baseFarePaise: Paise;
  bookingBand: BookingBand;
  tripTypeMultiplier: number;
  bookingTimeMultiplier: number;
  vehicleMultiplier: number;
  farePaise: Paise;
  configVersion: number;
}

/** Any fraction of a kilometre is a whole one; noise of binary fractions below 1e-9 km is not. Rule 1. */
const billable = (distanceKm: number) => Math.max(Math.ceil(distanceKm - 1e-9), tariff.minBillableKm);

/** Exactly 24 hours ahead is the long band; no time, or one in the past, is the short one. Rule 3. */
const band = (bookingTime: Instant, pickupTime: Instant | null): BookingBand =>
  pickupTime !== null && ms(pickupTime) - ms(bookingTime) >= tariff.bookingBandHours * hourMs ? 'T_2' : 'T_1';

/** The price of a trip as it is offered: one rounding, half up to the whole rupee, at the very end. Rules 1 to 5. */
export const quote = (trip: {
  tripType: TripType;
  vehicleType: VehicleClass;
  distanceKm: number;
  bookingTime: Instant;
  pickupTime: Instant | null;
}): Quote => {
  const billableKm = billable(trip.distanceKm);
  const bookingBand = band(trip.bookingTime, trip.pickupTime);
  const base = billableKm * tariff.ratePerKm;
  const t = tariff.tripTypeHundredths[trip.tripType];
  const b = tariff.bookingHundredths[bookingBand];
  const v = tariff.vehicleHundredths[trip.vehicleType];
  return {
    distanceKm: trip.distanceKm,
    billableKm,
    ratePerKm: tariff.ratePerKm,
    baseFarePaise: rupees(base),
    bookingBand,
    tripTypeMultiplier: t / 100,
    bookingTimeMultiplier: b / 100,
    vehicleMultiplier: v / 100,
    farePaise: rupees(Math.floor((base * t * b * v * 2 + 1_000_000) / 2_000_000)),
    configVersion: tariff.version,
  };
};

/** Full minutes between arrival and boarding; a missing stamp is no waiting. */
const waitingMinutes = (arrivedAt: Instant | null, boardedAt: Instant | null): number =>
  arrivedAt && boardedAt ? Math.max(0, Math.floor((ms(boardedAt) - ms(arrivedAt)) / minuteMs)) : 0;

/** Charged per begun block after the free time, counted from arrival even when that was before the pickup time. Rule 10. */
export const waitingCharge = (arrivedAt: Instant | null, boardedAt: Instant | null): Paise => {
  const charged = waitingMinutes(arrivedAt, boardedAt) - tariff.waitingFreeMinutes;
  const blocks = Math.min(Math.max(0, Math.ceil(charged / tariff.waitingBlockMinutes)), tariff.waitingBlocksMax);
  return rupees(blocks * tariff.waitingBlockRupees);
};

/** A quarter of the quote, at least the floor, when the booked pickup lies in the night band. Rule 11. */
export const nightCharge = (pickupTime: Instant, quotedFarePaise: Paise): Paise => {
  const hour = istHour(ms(pickupTime));
  if (hour < tariff.nightFromHour && hour >= tariff.nightToHour) return paise(0);
  // Quotes are whole rupees, so a quarter of one is a whole number of paise.
  return paise(Math.max((quotedFarePaise * tariff.nightPercent) / 100, rupees(tariff.nightFloorRupees)));
};

/** Flat, for airport pickups and drops alike. Rule 12. */
export const airportEntryCharge = (tripType: TripType): Paise =>
  rupees(tripType === 'AIRPORT' ? tariff.airportEntryRupees : 0);

export interface Completion {
  tripType: TripType;
  paymentMethod: 'CASH' | 'PREPAID';
  pickupTime: Instant;
  arrivedAt: Instant | null;
  boardedAt: Instant | null;
  quotedFarePaise: Paise;
  reportedFarePaise: Paise | null;
  tollPaise: Paise;
  parkingPaise: Paise;
  stateTaxPaise: Paise;
}

export interface FinalFare {
  appliedFarePaise: Paise;
  /** The reported fare was too far from the quote and was ignored; somebody should look. */
  fareReview: boolean;
  waitingPaise: Paise;
  nightPaise: Paise;
  airportEntryPaise: Paise;
  extraTotalPaise: Paise;
  totalPaise: Paise;
}

/** The fare that is charged: prepaid trips keep the quote, others take the reported fare that is near to it. Rule 15. */
const appliedFare = ({ paymentMethod, quotedFarePaise, reportedFarePaise }: Completion, overrideMaxPercent: number) => {
  if (paymentMethod === 'PREPAID' || reportedFarePaise === null) return { fare: quotedFarePaise, review: false };
  const deviation = Math.abs(reportedFarePaise - quotedFarePaise) * 100;
  const within = deviation <= quotedFarePaise * overrideMaxPercent;
  return within ? { fare: reportedFarePaise, review: false } : { fare: quotedFarePaise, review: true };
};

/** What a completed trip costs: the applied fare, the charges that we compute, and those that the driver paid. Rules 10 to 15. */
export const finalFare = (
  completion: Completion,
  overrideMaxPercent: number = tariff.fareOverrideMaxPercent,
): FinalFare => {
  const { fare, review } = appliedFare(completion, overrideMaxPercent);
  const waitingPaise = waitingCharge(completion.arrivedAt, completion.boardedAt);
  const nightPaise = nightCharge(completion.pickupTime, completion.quotedFarePaise);
  const airportEntryPaise = airportEntryCharge(completion.tripType);
  const { tollPaise, parkingPaise, stateTaxPaise } = completion;
  const extraTotalPaise = sum(waitingPaise, nightPaise, airportEntryPaise, tollPaise, parkingPaise, stateTaxPaise);
  return {
    appliedFarePaise: fare,
    fareReview: review,
    waitingPaise,
    nightPaise,
    airportEntryPaise,
    extraTotalPaise,
    totalPaise: sum(fare, extraTotalPaise),
  };
};

/** An explicit class wins, then the SKU decides; without either the fleet's standard electric car is meant. Trips rule 11. */
export const vehicleClass = (vehicleType: string | undefined, vehicleSku: string | undefined): VehicleClass => {
  const label = vehicleType?.toUpperCase();
  if (label === 'EV' || label === 'NON_EV') return label;
  return vehicleSku === undefined || vehicleSku.toUpperCase().includes('EV') ? 'EV' : 'NON_EV';
};

/** What a trip's row keeps of its price: the quote from its creation, completed when the trip is. */
export interface FareBreakdown {
  distanceFarePaise: number;
  tripTypeMultiplier: number;
  bookingTimeMultiplier: number;
  vehicleMultiplier: number;
  quotedFarePaise: number;
  appliedFarePaise: number | null;
  reportedFarePaise: number | null;
  fareReview: boolean;
  extras: Record<'waiting' | 'night' | 'airportEntry' | 'toll' | 'stateTax' | 'parking', number> | null;
  extraTotalPaise: number | null;
  totalPaise: number | null;
  configVersion: number;
}

export const quotedBreakdown = (quoted: Quote): FareBreakdown => ({
  distanceFarePaise: quoted.baseFarePaise,
  tripTypeMultiplier: quoted.tripTypeMultiplier,
  bookingTimeMultiplier: quoted.bookingTimeMultiplier,
  vehicleMultiplier: quoted.vehicleMultiplier,
  quotedFarePaise: quoted.farePaise,
  appliedFarePaise: null,
  reportedFarePaise: null,
  fareReview: false,
  extras: null,
  extraTotalPaise: null,
  totalPaise: null,
  configVersion: quoted.configVersion,
});

export const finalBreakdown = (quoted: FareBreakdown, completion: Completion, fare: FinalFare): FareBreakdown => ({
  ...quoted,
  appliedFarePaise: fare.appliedFarePaise,
  reportedFarePaise: completion.reportedFarePaise,
  fareReview: fare.fareReview,
  extras: {
    waiting: fare.waitingPaise,
    night: fare.nightPaise,
    airportEntry: fare.airportEntryPaise,
    toll: completion.tollPaise,
    stateTax: completion.stateTaxPaise,
    parking: completion.parkingPaise,
  },
  extraTotalPaise: fare.extraTotalPaise,
  totalPaise: fare.totalPaise,
});
