import type { Prisma } from '../../../prisma/generated/client.ts';

/** What is read with an order: the account into which it is paid. */
export const withAccount = { account: true } satisfies Prisma.PaymentOrderInclude;

export type OrderRow = Prisma.PaymentOrderGetPayload<{ include: typeof withAccount }>;
