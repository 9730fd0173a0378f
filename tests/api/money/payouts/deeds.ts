import { expect } from '@jest/globals';
import { post } from '../../../world/api.ts';
import type { Sent } from '../../../world/api.ts';
import { db } from '../../../world/database.ts';
import { faultsInBooks } from '../../../world/money/books.ts';
import { gateway } from '../../../world/money/collections.ts';
import { until } from '../../../world/until.ts';

/** A verb of a payout, sent by somebody. */
export const act = (id: string, verb: string, by: Sent) => post(`/payments/admin/payout/${id}/${verb}`, {}, by);

export const payoutRow = (id: string) => db.payout.findUniqueOrThrow({ where: { id } });

export const untilPayout = (id: string, status: string) =>
  until(async () => {
    const row = await payoutRow(id);
    return row.status === status && row;
  }, `payout ${id} to be ${status}`);

/** Waits until every stored word of the gateway about a payout is heard. */
export const untilHeard = (subjectId: string) =>
  until(
    async () => (await db.gatewayEvent.count({ where: { subjectId, state: 'RECEIVED' } })) === 0,
    'the events to be heard',
  );

/** The transfers that the gateway has paid under the numbers of a payout. */
export const paidTo = async (number: string) =>
  (await gateway.transfers()).filter((transfer) => transfer.number.startsWith(number) && transfer.paidAt);

export const expectInOrder = async (...owners: string[]) => expect(await faultsInBooks(...owners)).toEqual([]);
