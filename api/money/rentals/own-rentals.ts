import { z } from 'zod';
import type { Db } from '../../../prisma/client.ts';
import { readSubscription, rentedUntil } from '../../../prisma/rentals.ts';
import { forecast } from '../../../workflows/domain/money/rental-forecast.ts';
import { rentalFault } from '../../../workflows/domain/money/rental-standing.ts';
import { get } from '../../http/endpoint.ts';
import { ById, Rupees } from '../../http/shapes.ts';
import { ownDriverId } from '../balances.ts';
import { historyOf, RentalView } from './rental-views.ts';

const Moment = z.iso.datetime();

const ForecastView = z.object({
  nextPayment: z.object({ at: Moment, amount: Rupees }).nullable(),
  periods: z.array(z.object({ startsAt: Moment, expiresAt: Moment })),
  refundToday: Rupees,
  blocked: z.string().nullable(),
});
z.globalRegistry.add(ForecastView, { id: 'RentalForecast' });

/** What the gateway has sent back, or is sending, of the periods of a driver that are not over. */
const sentBackOf = async (db: Db, driverId: string): Promise<Record<string, number>> => {
  const rows = await db.$queryRaw<{ id: string; paise: number }[]>`
    SELECT r."id", sum(f."amountPaise")::float8 AS "paise" FROM "rentals" r
    JOIN "refunds" f ON f."transactionId" = r."transactionId" AND f."status" <> 'FAILED'
    WHERE r."driverId" = ${driverId}::uuid AND r."status" IN ('SCHEDULED', 'ACTIVE', 'PAUSED') GROUP BY r."id"`;
  return Object.fromEntries(rows.map(({ id, paise }) => [id, paise]));
};

const forecastOf = async (db: Db, driverId: string) => {
  const { paymentModel, fleet } = await db.driver.findUniqueOrThrow({
    where: { id: driverId },
    include: { fleet: true },
  });
  const facts = await readSubscription(db, driverId);
  const blocks = fleet.rentalEnforcement === 'BLOCK';
  const terms = { paymentModel, ...fleet, rentedUntil: blocks ? await rentedUntil(db, driverId) : null };
  const fault = blocks ? rentalFault(terms, Date.now()) : null;
  const sentBack = await sentBackOf(db, driverId);
  return forecast(facts?.periods ?? [], { isKeptOff: facts?.isKeptOff ?? false, fault, sentBack }, Date.now());
};

/** What a driver rents. Source: rentals.md, GET /payments/rental/history; the forecast is ours. */
export const ownRentals = [
  get('/payments/rental/history', {
    allow: 'payments:own',
    summary: "The driver's own periods of rent, newest first",
    returns: z.array(RentalView),
    handle: ({ caller, db }) => historyOf(db, ownDriverId(caller)),
  }),

  get('/payments/rental/forecast', {
    allow: 'payments:own',
    summary: "The driver's next payment, next twelve periods, refund if cancelled today, and why they may not drive",
    returns: ForecastView,
    handle: ({ caller, db }) => forecastOf(db, ownDriverId(caller)),
  }),

  get('/payments/admin/rentals/:id/forecast', {
    allow: 'rentals:manage',
    summary: 'The same for the driver of a period',
    params: ById('rental'),
    returns: ForecastView,
    handle: ({ rental, db }) => forecastOf(db, rental.driverId),
  }),
];
