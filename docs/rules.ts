import { apiEnv } from '../api/env.ts';
import { workerEnv } from '../workers/env.ts';
import { cityAliases } from '../workflows/domain/geo.ts';
import { longBreakMinutes } from '../workflows/domain/shifts/worked-time.ts';
import { odometerJumpKm } from '../workflows/domain/shifts/attendance.ts';
import { evRangeKm, pickupAheadDays, pickupPastHours, prebookOpensHour } from '../workflows/domain/trips/bookings.ts';
import { airportSpacingMinutes } from '../workflows/domain/trips/dispatch.ts';
import { tripClock } from '../workflows/domain/trips/trip-deadlines.ts';
import { quote, tariff } from '../workflows/domain/trips/pricing.ts';
import { creationRules, slotRules } from '../workflows/domain/trips/refusals.ts';
import { arrivalWindowMinutes, pickupRadiusMeters, startWindowMinutes } from '../workflows/domain/trips/trips.ts';

/** What both processes demand; every other setting is shown with its default. */
const demanded = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://',
  DATA_KEY: Buffer.alloc(32).toString('base64'),
  JWT_ACCESS_SECRET: 'a secret of access',
  JWT_REFRESH_SECRET: 'a secret of refresh',
  ALLOWED_ORIGINS: 'https://admin.example.com',
  EASEBUZZ_MERCHANT_KEY: 'key',
  EASEBUZZ_SALT_KEY: 'salt',
  PAYMENT_SUCCESS_URL: 'https://api.example.com/success',
  PAYMENT_FAILURE_URL: 'https://api.example.com/failure',
};
const api = apiEnv(demanded);
const worker = workerEnv(demanded);

const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
const factor = (hundredths: number) => (hundredths / 100).toFixed(2);
const words = (list: readonly string[]) => list.map((word) => `\`${word}\``).join(', ');

const table = (head: string[], rows: (string | number)[][]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const booking = () => `## Booking

Every moment is judged by the server's clock; days and hours of the day are those of India (UTC+05:30).

${table(
  ['Trip type', 'Booking', 'Pickup from', 'Range'],
  [
    ['`AIRPORT`', '`PREBOOK` only', `next day, ${clock(prebookOpensHour)}`, 'any'],
    ['`RENTAL`', '`PREBOOK` only', `next day, ${clock(prebookOpensHour)}`, 'any'],
    ['`INTER_CITY`', '`PREBOOK` or `INSTANT`', 'at any time', `EV: up to ${evRangeKm} km; NON_EV: any`],
  ],
)}

- A pickup may be entered up to ${pickupPastHours} hours late, and up to ${pickupAheadDays} days ahead.
- Pickup cities: ${words(api.ALLOWED_ORIGIN_CITIES)} (\`ALLOWED_ORIGIN_CITIES\`). Also understood: ${Object.entries(
  cityAliases,
)
  .map(([alias, city]) => `${alias} = ${city}`)
  .join(', ')}, and the districts of Delhi.
- Vehicles: ${words(api.ALLOWED_VEHICLE_SKUS)} (\`ALLOWED_VEHICLE_SKUS\`). The class is the \`vehicleType\` that was sent (EV or NON_EV), else EV if
  the SKU contains EV.
- A \`distanceKm\` from the client counts only within half and twice the measured route; else the measured one counts.
- \`TRIP_RULES_RELAXED=true\` (never in production) reduces the time rules to: a pickup at least one minute ahead.

A booking that breaks a rule is refused with \`TRIP_CONSTRAINT_VIOLATION\`; a preview says the same in \`bookableReason\`.

${table(
  ['`details.rule`', 'Says'],
  Object.entries(creationRules).map(([rule, says]) => [`\`${rule}\``, says]),
)}`;

const example = quote({
  tripType: 'INTER_CITY',
  vehicleType: 'NON_EV',
  distanceKm: 40.2,
  bookingTime: '2026-11-22T05:00:00.000Z',
  pickupTime: '2026-11-23T05:00:00.000Z',
});

const fares = () => `## Fares

\`fare = billable km × ₹${tariff.ratePerKm} × trip type × booking band × vehicle class\`, rounded once, half up, to the whole rupee. Billable are whole
kilometres, rounded up, at least ${tariff.minBillableKm}. The fare is frozen at the booking.

${table(
  ['Factor', 'Values'],
  [
    [
      'trip type',
      Object.entries(tariff.tripTypeHundredths)
        .map(([type, hundredths]) => `${type} ${factor(hundredths)}`)
        .join(', '),
    ],
    [
      'booking band',
      `T_1 ${factor(tariff.bookingHundredths.T_1)}; T_2 ${factor(tariff.bookingHundredths.T_2)} from exactly ${tariff.bookingBandHours} hours before the pickup`,
    ],
    [
      'vehicle class',
      Object.entries(tariff.vehicleHundredths)
        .map(([kind, hundredths]) => `${kind} ${factor(hundredths)}`)
        .join(', '),
    ],
  ],
)}

Example: 40.2 km, INTER_CITY, NON_EV, booked a day ahead: ${example.billableKm} × ₹${example.ratePerKm} = ₹${example.baseFarePaise / 100};
× ${example.tripTypeMultiplier} × ${example.bookingTimeMultiplier} × ${example.vehicleMultiplier} = **₹${example.farePaise / 100}**.

What comes on top when the trip is completed:

${table(
  ['Extra', 'How much'],
  [
    [
      'waiting',
      `free for ${tariff.waitingFreeMinutes} minutes from arrival to boarding, then ₹${tariff.waitingBlockRupees} per begun ${tariff.waitingBlockMinutes} minutes, at most ${tariff.waitingBlocksMax} times`,
    ],
    [
      'night',
      `booked pickup from ${clock(tariff.nightFromHour)} to ${clock(tariff.nightToHour)}: ${tariff.nightPercent} % of the quoted fare, at least ₹${tariff.nightFloorRupees}`,
    ],
    ['airport entry', `₹${tariff.airportEntryRupees} for AIRPORT`],
    ['toll, parking, state tax', 'what the driver reports; other extras that a client sends are ignored'],
  ],
)}

A prepaid trip keeps its quoted fare. Else the fare that the driver reports counts if it is within ${worker.FARE_OVERRIDE_MAX_PERCENT} %
(\`FARE_OVERRIDE_MAX_PERCENT\`) of the quote; if not, the quote counts and \`fareReview\` is true. A no-show or a cancellation costs nothing.`;

const dispatch = () => `## Dispatch

A driver gets a trip if they, their user and their fleet are active, their KYC is not rejected
(${worker.REQUIRE_KYC_FOR_DISPATCH ? 'and approved' : 'pending is enough'}: \`REQUIRE_KYC_FOR_DISPATCH\`), and they ${
  worker.REQUIRE_VEHICLE_FOR_DISPATCH ? 'have' : 'need not have'
} a vehicle on the roster (\`REQUIRE_VEHICLE_FOR_DISPATCH\`).
Else: \`DRIVER_NOT_ACTIVE\`, or \`DRIVER_NOT_ELIGIBLE\` with \`details.reason\`. The driver's other open trips must leave room, or \`SLOT_CONFLICT\`:

${table(
  ['`details.rule`', 'Says'],
  Object.entries(slotRules).map(([rule, says]) => [`\`${rule}\``, says]),
)}

Exactly ${airportSpacingMinutes} minutes between two airport pickups are enough.`;

const fromPickup = (minutes: number) => `${Math.abs(minutes)} minutes ${minutes < 0 ? 'before' : 'after'} the pickup`;

const driving = () => `## Driving

${table(
  ['Command', 'When', 'Where'],
  [
    ['start', `from ${fromPickup(-startWindowMinutes)}, without an end`, 'anywhere'],
    [
      'arrived',
      `${arrivalWindowMinutes} minutes before to ${arrivalWindowMinutes} minutes after the pickup`,
      `within ${pickupRadiusMeters} m of the pickup, if its position is known`,
    ],
    [
      'onboard',
      'after the arrival; directly if the arrival window is over',
      'anywhere; with the boarding code if the trip has one',
    ],
    ['complete', 'with the passenger on board; without a boarding code also before', 'anywhere'],
    [
      'no-show',
      `from ${fromPickup(arrivalWindowMinutes)}`,
      `after an arrival, or within ${pickupRadiusMeters} m of the pickup`,
    ],
  ],
)}

Limits are inclusive. Only the driver of the open trip assignment may act. A new pickup time moves all windows. Five wrong boarding codes in 15
minutes are the last ones (\`OTP_ATTEMPTS_EXCEEDED\`). Which command is possible in which state: [lifecycles](lifecycles.md).

Dispatch and operations are told:

${table(
  ['Alert', 'While the trip is', 'At'],
  [
    ...Object.entries(tripClock.alerts).map(([name, { stages, minutesFromPickup }]) => [
      `\`${name}\``,
      stages.join(', '),
      fromPickup(minutesFromPickup),
    ]),
    ['`silence`', 'started', `${tripClock.silence.afterMs / 60_000} minutes without a position`],
  ],
)}`;

const shifts = () => `## Shifts

- Check-in: within the radius of the driver's hub (50 to 2000 m, 500 by default), with one open shift per driver. KYC approved:
  ${api.KYC_REQUIRED_FOR_CHECKIN ? 'required' : 'not required'} (\`KYC_REQUIRED_FOR_CHECKIN\`).
- A manager approves or rejects, also after the check-out; the first verdict stays. Who checked a driver in themselves and decides within a
  minute gives remarks.
- Breaks need an approved shift, one at a time. A shift with more than ${longBreakMinutes} minutes of breaks is flagged \`LONG_BREAK\`.
- Check-out: odometer not below the check-in's; more than ${odometerJumpKm} km are flagged \`ODOMETER_JUMP\`. Cash up to ₹10000000.
- Open for ${api.ATTENDANCE_STALE_HOURS} hours (\`ATTENDANCE_STALE_HOURS\`): flagged \`STALE\`; staff close it with \`force\`.`;

const limits = () => `## Limits of requests

${table(
  ['What', 'Limit', 'Setting'],
  [
    [
      'requests per user',
      `${api.RATE_LIMIT_MAX} per ${api.RATE_LIMIT_WINDOW_MS / 1000} s`,
      '`RATE_LIMIT_MAX`, `RATE_LIMIT_WINDOW_MS`',
    ],
    ['requests per address', `${api.RATE_LIMIT_IP_MAX} per 60 s`, '`RATE_LIMIT_IP_MAX`'],
    [
      'login codes per phone',
      `1 per ${api.OTP_SEND_INTERVAL_SECONDS} s, ${api.OTP_SEND_PER_PHONE_HOUR} per hour`,
      '`OTP_SEND_INTERVAL_SECONDS`, `OTP_SEND_PER_PHONE_HOUR`',
    ],
    ['login codes per address', `${api.OTP_SEND_PER_IP_HOUR} per hour`, '`OTP_SEND_PER_IP_HOUR`'],
    [
      'tries of one code',
      `${api.OTP_MAX_ATTEMPTS}, within ${api.OTP_EXPIRY_MINUTES} minutes`,
      '`OTP_MAX_ATTEMPTS`, `OTP_EXPIRY_MINUTES`',
    ],
    [
      'tries of codes in 15 minutes',
      `${api.OTP_VERIFY_PER_PHONE_15MIN} per phone, ${api.OTP_VERIFY_PER_IP_15MIN} per address`,
      '`OTP_VERIFY_PER_PHONE_15MIN`, `OTP_VERIFY_PER_IP_15MIN`',
    ],
    ['price previews per address', '60 per minute', ''],
    ['map questions', '120 per minute and user; without a token 30 per minute and address', ''],
    ['refreshes per session', '30 per minute', ''],
    ['rows of a page', '200; without `page` and `limit` one page of 1000', ''],
    ['request body', '1 MB; documents and photos are https links, no uploads', ''],
    ['time of a request', '30 s', ''],
    ['`Idempotency-Key`', '64 characters, kept for 24 hours', ''],
  ],
)}`;

/** The rules of the business in words, with the numbers of the rule tables and the defaults of the settings. */
export const rulesPage = (): string =>
  [
    '# Rules',
    'Generated from the rule tables in `workflows/domain` and from the defaults of the settings. Terms: [glossary](glossary.md).',
    ...[booking, fares, dispatch, driving, shifts, limits].map((section) => section()),
  ].join('\n\n');
