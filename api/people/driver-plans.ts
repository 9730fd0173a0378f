import { z } from 'zod';
import { get } from '../http/endpoint.ts';
import { ById, Instant, Rupees } from '../http/shapes.ts';
import { rentalOf } from '../money/balance-views.ts';
import { historyOf, RentalView } from '../money/rentals/rental-views.ts';

const ActivePlan = z.object({
  id: z.string(),
  shortId: z.string(),
  planName: z.string(),
  rentalAmount: Rupees,
  depositAmount: Rupees,
  validityDays: z.number(),
  startDate: Instant,
  expiryDate: Instant,
  isActive: z.boolean(),
  daysRemaining: z.number(),
  vehicle: z.object({ id: z.string(), shortId: z.string(), number: z.string(), model: z.string() }).nullable(),
});

/** What a driver rents. Source: rentals.md, GET /drivers/:id/active-plan. */
export const driverPlans = [
  get('/drivers/:id/active-plan', {
    allow: 'drivers:read-plans',
    summary: 'The period that a driver rents at present, with the vehicle of the roster; null for one who rents none',
    params: ById('driver'),
    returns: ActivePlan.nullable(),
    async handle({ driver, db }) {
      const rental = await rentalOf(db, driver.id);
      return rental && { ...rental, rentalAmount: rental.amount, isActive: true };
    },
  }),

  get('/drivers/:id/plan-history', {
    allow: 'drivers:read-plans',
    summary: 'The periods that a driver has rented, newest first',
    params: ById('driver'),
    returns: z.array(RentalView),
    handle: ({ driver, db }) => historyOf(db, driver.id),
  }),
];
