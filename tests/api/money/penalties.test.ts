import { beforeAll, expect, test } from '@jest/globals';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { untilStatus } from '../../world/money/pay-ins.ts';
import { aPaying, aPenalty, givePenalty, linkOf, penaltyRow, waivePenalty } from '../../world/money/penalties.ts';
import { world } from '../../world/world.ts';

const gateway = gatewayAt(world.gateway);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const of = (code: number, owner: string) => `${code}[${owner}]`;

test('a driver who rents pays from the deposit what it holds, and the rest by link', async () => {
  const driver = await aPaying(fleet, 40_025);

  const { status, body } = await givePenalty(driver, fleet.manager);

  expect(status).toBe(201);
  expect(body.data).toMatchObject({
    ...{ type: 'MONETARY', status: 'PARTLY_DEDUCTED', amount: 650, isPaid: false, deductedFromDeposit: true },
    ...{ depositDeductionAmount: 400.25, outstandingAmount: 249.75, shortId: expect.stringMatching(/^PEN/) },
    depositProcessing: { amount: 400.25, remainingAmount: 249.75, paymentUrl: expect.stringContaining('/pay/') },
  });
  expect(await balancesOf(driver.id, fleet.id)).toMatchObject({ [of(1070, driver.id)]: 24_975 });
  const moved = await db.transaction.findMany({ where: { driverId: driver.id }, orderBy: { amountPaise: 'asc' } });
  expect(moved).toMatchObject([
    { type: 'PENALTY', direction: 'DEBIT', status: 'SUCCESS', amountPaise: -40_025n },
    { type: 'PENALTY', direction: 'DEBIT', status: 'PENDING', amountPaise: 24_975n },
  ]);

  await gateway.click(body.data.depositProcessing.paymentUrl as string, 'success');
  const paid = await untilStatus(moved[1]!.id, 'SUCCESS');

  expect(await penaltyRow(body.data.id as string)).toMatchObject({
    ...{ status: 'SETTLED', isPaid: true, linkPaidPaise: 24_975n, outstandingPaise: 0n, transactionId: paid.id },
  });
  expect(await balancesOf(driver.id)).toEqual({});
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a waiver gives every part back to where it came from, once', async () => {
  const driver = await aPaying(fleet, 40_025);
  const id = await aPenalty(driver, fleet.manager);
  await gateway.click((await linkOf(id)).paymentUrl!, 'success');
  await untilStatus((await linkOf(id)).id, 'SUCCESS');

  const answers = await Promise.all(Array.from({ length: 10 }, () => waivePenalty(id, fleet.manager)));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
  const refused = answers.filter(({ status }) => status === 409);
  expect(new Set(refused.map(({ body }) => body.errorCode))).toEqual(new Set(['PENALTY_ALREADY_WAIVED']));
  expect(await balancesOf(driver.id)).toEqual({ [of(2010, driver.id)]: 40_025, [of(2020, driver.id)]: 24_975 });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});
