import type { Tx } from '../../prisma/client.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { requireOpenFleet } from '../fleet/cascades.ts';

/** What a driver has not finished in their fleet, by the word that answers have for it. */
type Unfinished =
  | 'shift'
  | 'roster'
  | 'trip'
  | 'payment'
  | 'deposit'
  | 'payable'
  | 'dues'
  | 'declaredCash'
  | 'payout'
  | 'rental'
  | 'collection';

/**
 * What binds a driver to their fleet: duty, roster and trip, and money that is open, in either direction, or under way at the gateway.
 * The driver must be locked (`lockDrivers`). Source: drivers.md rule 3.
 */
const unfinishedOf = async (tx: Tx, driverId: string): Promise<Unfinished[]> => {
  const [row] = await tx.$queryRaw<{ unfinished: Unfinished[] }[]>`
    SELECT array_remove(ARRAY[
      CASE WHEN EXISTS (SELECT FROM "attendances" WHERE "driverId" = d."id" AND "status" IN ('PENDING', 'APPROVED')
        AND "checkOutTime" IS NULL) THEN 'shift' END,
      CASE WHEN EXISTS (SELECT FROM "assignments" WHERE "driverId" = d."id" AND "status" = 'ACTIVE') THEN 'roster' END,
      CASE WHEN EXISTS (SELECT FROM "trip_assignments" WHERE "driverId" = d."id" AND "status" IN ('ASSIGNED', 'ACTIVE'))
        THEN 'trip' END,
      CASE WHEN EXISTS (SELECT FROM "transactions" WHERE "driverId" = d."id" AND "status" = 'PENDING'
        AND "type" IN ('DEPOSIT', 'PENALTY', 'RENTAL') AND "easebuzzTxnId" IS NOT NULL) THEN 'payment' END,
      CASE WHEN EXISTS (SELECT FROM "driver_deposit_view" WHERE "id" = d."id"::text AND "deposit_paise" <> 0) THEN 'deposit' END,
      CASE WHEN EXISTS (SELECT FROM "payable_item" WHERE "driver_id" = d."id"::text AND "open_paise" <> 0) THEN 'payable' END,
      CASE WHEN EXISTS (SELECT FROM "driver_due" WHERE "driver_id" = d."id"::text AND "outstanding_paise" > 0) THEN 'dues' END,
      CASE WHEN EXISTS (SELECT FROM "ledger_account" a JOIN "ledger_balance" b ON b."account_id" = a."id"
        WHERE a."code" = 1050 AND a."owner_id" = d."id"::text AND b."debit_paise" <> b."credit_paise") THEN 'declaredCash' END,
      CASE WHEN EXISTS (SELECT FROM "payouts" WHERE "driverId" = d."id"
        AND "status" IN ('CREATED', 'HELD', 'SUBMITTING', 'ACCEPTED', 'UNKNOWN')) THEN 'payout' END,
      CASE WHEN EXISTS (SELECT FROM "rentals" WHERE "driverId" = d."id" AND "status" IN ('SCHEDULED', 'ACTIVE', 'PAUSED'))
        THEN 'rental' END,
      CASE WHEN EXISTS (SELECT FROM "daily_collections" WHERE "driverId" = d."id" AND "status" <> 'PAID') THEN 'collection' END
    ], NULL) AS "unfinished"
    FROM "drivers" d WHERE d."id" = ${driverId}::uuid`;
  return row?.unfinished ?? [];
};

/** A driver moves to a fleet that is open, once nothing binds them to their old one. The driver must be locked (`lockDrivers`). */
export const requireMovable = async (tx: Tx, driverId: string, fleetId: string): Promise<void> => {
  await requireOpenFleet(tx, fleetId);
  const open = await unfinishedOf(tx, driverId);
  if (open.length > 0) throw refusal('DRIVER_HAS_UNFINISHED', { open });
};
