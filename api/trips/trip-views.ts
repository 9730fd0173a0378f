import { z } from 'zod';
import type { FareBreakdown } from '../../workflows/domain/trips/pricing.ts';
import type { Caller } from '../http/scope.ts';
import { SlimDriver } from '../people/driver-views.ts';
import { Instant, Rupees } from '../http/shapes.ts';
import type { Services } from '../services.ts';
import type { TripRow } from './trip-rows.ts';

const text = z.string().nullable();
const number = z.number().nullable();
const money = Rupees.nullable();
const instant = Instant.nullable();

const SlimVehicle = z.object({
  id: z.string(),
  shortId: z.string(),
  vehicleNumber: z.string(),
  vehicleName: z.string(),
  vehicleModel: z.string(),
  vehicleColor: text,
});
z.globalRegistry.add(SlimVehicle, { id: 'TripVehicle' });

export const TripAssignmentView = z.object({
  id: z.string(),
  shortId: z.string(),
  tripId: z.string(),
  driverId: z.string(),
  vehicleId: text,
  status: z.enum(['ASSIGNED', 'ACTIVE', 'UNASSIGNED', 'COMPLETED', 'CANCELLED']),
  assignedAt: Instant,
  unassignedAt: instant,
  startTime: Instant,
  endTime: instant,
  bookingAttempted: z.boolean(),
  bookingFailedReason: text,
  assignedBy: text,
  closeReason: text,
  createdAt: Instant,
  updatedAt: Instant,
  driver: SlimDriver,
});
z.globalRegistry.add(TripAssignmentView, { id: 'TripAssignment' });

const FareBreakdownView = z.object({
  distanceFare: Rupees,
  tripTypeMultiplier: z.number(),
  bookingTimeMultiplier: z.number(),
  vehicleMultiplier: z.number(),
  quotedFare: Rupees,
  appliedFare: money,
  reportedFare: money,
  fareReview: z.boolean(),
  extras: z
    .object({
      waiting: Rupees,
      night: Rupees,
      airportEntry: Rupees,
      toll: Rupees,
      stateTax: Rupees,
      parking: Rupees,
    })
    .nullable(),
  extraTotal: money,
  total: money,
  configVersion: z.number(),
});
z.globalRegistry.add(FareBreakdownView, { id: 'FareBreakdown' });

const End = z.object({ address: text, latitude: number, longitude: number });

/** A trip as every client reads it: the row, and the aliases under which older ones look for it. Source: trips.md, Trip view. */
export const TripView = z.object({
  id: z.string(),
  shortId: z.string(),
  tripType: z.string(),
  originCity: z.string(),
  destinationCity: z.string(),
  pickupLocation: text,
  dropLocation: text,
  pickupLat: number,
  pickupLng: number,
  dropLat: number,
  dropLng: number,
  pickupTime: Instant,
  tripDate: Instant,
  bookingTime: Instant,
  bookingType: text,
  distanceKm: z.number(),
  distance: z.number(),
  distanceSource: text,
  actualDistanceKm: number,
  billableKm: number,
  ratePerKm: number,
  price: money,
  fare: money,
  estimatedFare: money,
  finalFare: money,
  quotedFare: money,
  fareBreakdown: FareBreakdownView.nullable(),
  vehicleSku: text,
  vehicleType: z.string(),
  requestedVehicleType: text,
  passengerName: text,
  passengerPhone: text,
  passengerEmail: text,
  customerName: text,
  customerPhone: text,
  paymentMethod: z.string(),
  fleetId: text,
  hubId: text,
  createdByUserId: text,
  source: z.string(),
  status: z.string(),
  displayStatus: z.string(),
  phase: text,
  startedAt: instant,
  arrivedAt: instant,
  boardedAt: instant,
  completedAt: instant,
  cancelledAt: instant,
  cancelReason: text,
  cancelledBy: text,
  provider: text,
  providerBookingId: text,
  providerStatus: text,
  providerRideStatus: text,
  providerMeta: z.record(z.string(), z.unknown()).nullable(),
  otpRequired: z.boolean(),
  pendingRescheduleTime: z.null(),
  holdExpiresAt: z.null(),
  version: z.number(),
  createdAt: Instant,
  updatedAt: Instant,
  pickup: End,
  drop: End,
  providerMapping: z.null(),
  tripAssignments: z.array(TripAssignmentView),
  driver: SlimDriver.nullable(),
  vehicle: SlimVehicle.nullable(),
});
z.globalRegistry.add(TripView, { id: 'Trip' });

const breakdownView = (breakdown: FareBreakdown | null) =>
  breakdown && {
    ...breakdown,
    distanceFare: breakdown.distanceFarePaise,
    quotedFare: breakdown.quotedFarePaise,
    appliedFare: breakdown.appliedFarePaise,
    reportedFare: breakdown.reportedFarePaise,
    extraTotal: breakdown.extraTotalPaise,
    total: breakdown.totalPaise,
  };

/** Staff may read the boarding code out to a passenger; a driver never sees it, only that there is one. */
const metaFor = (trip: TripRow, caller: Caller, { sealer }: Services) => {
  const meta = trip.providerMeta as Record<string, unknown> | null;
  if (caller.role === 'DRIVER' || !trip.sealedCode) return meta;
  return { ...meta, otp: sealer.open('boarding-code', trip.sealedCode, trip.id) };
};

export const tripView = (trip: TripRow, caller: Caller, services: Services) => {
  const current = trip.tripAssignments.find(({ status }) => status !== 'UNASSIGNED');
  const isDriver = caller.role === 'DRIVER';
  const shown = isDriver
    ? trip.tripAssignments.filter(({ driverId }) => driverId === caller.driverId)
    : trip.tripAssignments;
  return {
    ...trip,
    tripDate: trip.pickupTime,
    distance: trip.distanceKm,
    price: trip.pricePaise,
    fare: trip.pricePaise,
    estimatedFare: trip.quotedFarePaise,
    quotedFare: trip.quotedFarePaise,
    finalFare: trip.status === 'COMPLETED' ? trip.pricePaise : null,
    fareBreakdown: breakdownView(trip.fareBreakdown as unknown as FareBreakdown | null),
    customerName: trip.passengerName,
    customerPhone: trip.passengerPhone,
    displayStatus: trip.status === 'CREATED' ? 'PENDING' : trip.status,
    providerMeta: metaFor(trip, caller, services),
    otpRequired: trip.sealedCode !== null,
    pendingRescheduleTime: null,
    holdExpiresAt: null,
    pickup: { address: trip.pickupLocation, latitude: trip.pickupLat, longitude: trip.pickupLng },
    drop: { address: trip.dropLocation, latitude: trip.dropLat, longitude: trip.dropLng },
    providerMapping: null,
    tripAssignments: shown.map(assignmentView),
    driver: current?.driver ?? null,
    vehicle: current?.vehicle ?? null,
  };
};

const assignmentView = (assignment: TripRow['tripAssignments'][number]) => ({
  ...assignment,
  startTime: assignment.assignedAt,
  endTime: assignment.unassignedAt,
});

/** A trip as the caller's own command left it; they are told so even when somebody took it from them in between. */
export const tripAfter = async ({ caller, services }: { caller: Caller; services: Services }, id: string) =>
  tripView((await services.trips.byId(id))!, caller, services);
