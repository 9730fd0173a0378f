import { z } from 'zod';
import { inFlightStatuses } from '../../workflows/domain/money/payouts/payouts.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { get } from '../http/endpoint.ts';
import type { Caller } from '../http/scope.ts';
import { idOf, Instant, pageOf, Paging, Rupees, skipTake } from '../http/shapes.ts';
import { balanceOf, BalanceView, depositOf, rentalOf } from './balance-views.ts';

/** The driver that the caller is. Throws NOT_FOUND for a user without a driver profile. */
export const ownDriverId = ({ driverId }: Caller): string => {
  if (!driverId) throw refusal('NOT_FOUND', { resource: 'driver' });
  return driverId;
};

const DepositView = z.object({
  driverId: z.string(),
  depositBalance: Rupees,
  held: Rupees,
  movements: z.array(
    z.object({
      journalId: z.string(),
      eventType: z.string(),
      eventKey: z.string(),
      occurredAt: Instant,
      direction: z.enum(['CREDIT', 'DEBIT']),
      amount: Rupees,
      memo: z.string().nullable(),
    }),
  ),
  page: z.number(),
  limit: z.number(),
  total: z.number(),
});
z.globalRegistry.add(DepositView, { id: 'Deposit' });

/** What drivers have: sums of the ledger. Source: payments.md, GET /payments/balance and SecurityDeposit. */
export const balances = [
  get('/payments/balance', {
    allow: 'payments:own',
    summary: "The driver's own balance: deposit, what is owed to them less what they owe, and their dues",
    returns: BalanceView,
    async handle({ caller, db }) {
      const driverId = ownDriverId(caller);
      const [{ paymentModel, deposit, due, payable }, rental] = await Promise.all([
        balanceOf(db, driverId),
        rentalOf(db, driverId),
      ]);
      return {
        ...{ driverId, currency: 'INR' as const, paymentModel, hasActiveRental: rental !== null, rental },
        ...{ depositBalance: deposit, currentBalance: payable - due, pendingDues: due },
      };
    },
  }),

  get('/payments/admin/deposits/:driverId', {
    allow: 'payments:read',
    summary: 'The security deposit of a driver and its movements, newest first',
    params: z.object({ driverId: idOf('driver') }),
    query: z.object(Paging),
    paged: true,
    returns: DepositView,
    async handle({ driver, query, db }) {
      const page = pageOf(query, 200);
      const where = { account: { code: 2010, ownerType: 'DRIVER', ownerId: driver.id } };
      const inFlight = { kind: 'DEPOSIT_REFUND' as const, driverId: driver.id, status: { in: [...inFlightStatuses] } };
      const [deposit, held, total, entries] = await Promise.all([
        depositOf(db, driver.id),
        db.payout.aggregate({ where: inFlight, _sum: { amountPaise: true } }),
        db.ledgerEntry.count({ where }),
        db.ledgerEntry.findMany({ where, include: { journal: true }, orderBy: { id: 'desc' }, ...skipTake(page) }),
      ]);
      return {
        driverId: driver.id,
        depositBalance: deposit,
        held: Number(held._sum.amountPaise ?? 0),
        movements: entries.map(({ journal: { id, eventType, eventKey, occurredAt, memo }, side, amountPaise }) => ({
          ...{ journalId: String(id), eventType, eventKey, occurredAt, memo },
          direction: side === 'C' ? ('CREDIT' as const) : ('DEBIT' as const),
          amount: Number(amountPaise),
        })),
        ...page,
        total,
      };
    },
  }),
];
