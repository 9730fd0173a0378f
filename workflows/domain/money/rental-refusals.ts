import type { Refusal } from '../refusal.ts';

/** How rentals say no. */
export const rentalRefusals = {
  RENTAL_REQUIRED: {
    status: 422,
    says: () => 'The fleet asks for a paid rental, and none runs',
    remedy: 'Pay for a plan: `POST /payments/rental`; a paused rental is resumed by the fleet.',
  },
  RENTAL_EXPIRED: {
    status: 422,
    says: () => 'The rental is over',
    remedy: 'Renew it: `POST /payments/rental`.',
  },
  FLEET_REQUIRED: {
    status: 400,
    says: () => 'Say for which fleet the plan is',
    remedy: 'Send `fleetId`.',
  },
  RENTAL_PLAN_REQUIRED: {
    status: 400,
    says: () => 'Say which plan you want to rent',
    remedy: 'Send `rentalPlanId`, one of `GET /payments/rental/plans`.',
  },
  RENTAL_PLAN_INACTIVE: {
    status: 422,
    says: () => 'This plan is not offered any more',
    remedy: 'Choose one of `GET /payments/rental/plans`.',
  },
  RENTAL_PLAN_OTHER_FLEET: {
    status: 403,
    says: () => 'This plan is of another fleet',
    remedy: 'Choose one of `GET /payments/rental/plans`.',
  },
  PLAN_NAME_TAKEN: {
    status: 409,
    says: () => 'The fleet offers a plan of this name already',
    remedy: 'Choose another name, or deactivate the other plan first.',
  },
  INSUFFICIENT_DEPOSIT: {
    status: 422,
    says: ({ required, available }: { required: string; available: string; shortfall: string }) =>
      `This plan asks for a deposit of ${required}; there are ${available}`,
    remedy: 'Top the deposit up by `details.shortfall`: `POST /payments/deposit`.',
  },
  RENTAL_PAYMENT_IN_PROGRESS: {
    status: 409,
    says: (_: { transactionId: string }) => 'A payment for another plan is under way',
    remedy: 'Pay it, or cancel on its checkout page; it ends by itself after a day.',
  },
  RENTAL_ALREADY_RENEWED: {
    status: 409,
    says: () => 'The next period is bought already',
    remedy: 'Wait until it has begun.',
  },
  RENTAL_NOT_ACTIVE: {
    status: 409,
    says: ({ status }: { status: string }) => `This period cannot be changed any more: it is ${status}`,
    remedy: 'Read the rentals of the driver.',
  },
  RENTAL_STATE: {
    status: 409,
    says: ({ status, wanted }: { status: string; wanted: string }) =>
      `The period is ${status}; this needs one that is ${wanted}`,
    remedy: 'Read the rentals of the driver.',
  },
  PAYMENT_REFERENCE_TAKEN: {
    status: 409,
    says: () => 'A payment with this reference was entered already',
    remedy: 'Read the rentals of the driver; a receipt counts once.',
  },
} satisfies Record<string, Refusal>;
