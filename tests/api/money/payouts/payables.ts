import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { incentiveCreated } from '../../../../workflows/domain/money/journals/incentives.ts';
import { rupees } from '../../../../workflows/domain/money.ts';
import { post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { aDriver } from '../../../world/factories.ts';
import type { aFleet } from '../../../world/factories.ts';
import { posted } from '../../../world/money/books.ts';
import { aCollectionRow } from '../../../world/money/collection-rows.ts';
import { withBank } from '../../../world/money/payouts.ts';
import { until } from '../../../world/until.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

/** A driver with a bank account whose day of 500.00 is reconciled: 350.00 are theirs. */
export const aPayableDay = async (fleet: Fleet) => {
  const driver = await aDriver(fleet);
  await withBank(driver.id);
  await db.driver.update({ where: { id: driver.id }, data: { paymentModel: 'PAYOUT', revSharePercentage: 70 } });
  const { id } = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id });
  const { status } = await post(`/payments/admin/collection/${id}/reconcile`, {}, fleet.manager);
  expect(status).toBe(200);
  return { driver, id };
};

/** An incentive of a driver, given by somebody or by the system. */
export const aGiftOf = async (fleet: Fleet, driverId: string, amount = 200, createdBy = 'SYSTEM') => {
  const [id, occurredAt] = [randomUUID(), new Date().toISOString()];
  const of = { driverId, fleetId: fleet.id };
  await posted(incentiveCreated({ ...of, incentiveId: id, amount: rupees(amount), occurredAt }));
  await db.incentive.create({ data: { id, ...of, amountPaise: rupees(amount), reason: 'Ten trips', createdBy } });
  return id;
};

/** What of a driver stands in the transfers to them. */
export const nameOf = ({ id }: { id: string }) => id.slice(0, 8);

export const payDay = (id: string, by: Sent) => post(`/payments/admin/collection/${id}/payout`, {}, by);
export const payGift = (id: string, by: Sent) => post(`/payments/admin/incentive/${id}/payout`, {}, by);

export const dayRow = (id: string) => db.dailyCollection.findUniqueOrThrow({ where: { id } });

/** The payout of a day or an incentive. */
export const payoutOf = (sourceId: string) => db.payout.findFirstOrThrow({ where: { sourceId } });

export const untilPayoutOf = (sourceId: string, status: string) =>
  until(async () => {
    const row = await payoutOf(sourceId);
    return row.status === status && row;
  }, `the payout to be ${status}`);
