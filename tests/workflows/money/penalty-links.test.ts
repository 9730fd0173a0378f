import { beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { payInActivities } from '../../../activities/money/pay-ins.ts';
import { wantLink } from '../../../prisma/penalties.ts';
import { payInFacts } from '../../../workflows/domain/money/pay-ins.ts';
import type { PayInClock } from '../../../workflows/domain/money/pay-ins.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { payInLink } from '../../../workflows/money/pay-ins.ts';
import { payInProcess } from '../../../workflows/processes.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { balancesOf, faultsInBooks } from '../../world/money/books.ts';
import { gatewayAt } from '../../world/money/gateway.ts';
import { transactionOf, untilStatus } from '../../world/money/pay-ins.ts';
import { aPaying, aPenalty, penaltyRow, waivePenalty } from '../../world/money/penalties.ts';
import { until } from '../../world/until.ts';
import { world } from '../../world/world.ts';
import { cardOf, onTemporal } from '../on-temporal.ts';

const gateway = gatewayAt(world.gateway);
const commits = payInActivities({
  ...{ db, log: pino({ level: 'silent' }) },
  checkoutPage: (accessKey) => `${world.gateway}/pay/${accessKey}`,
});
const { begin } = onTemporal(
  Object.fromEntries(Object.entries(commits).map(([name, commit]) => [`payIn.${name}`, commit])),
);

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const clock: PayInClock = { enquiriesMs: [1_000, 2_000, 15_000], repeatMs: 500, spacingMs: 0 };

/** A penalty of 650.00 and its link, whose events the gateway keeps to itself. */
const aLink = async (by = clock, prepare: (txnid: string) => Promise<unknown> = () => Promise.resolve()) => {
  const driver = await aPaying(fleet, 0, null);
  const penaltyId = await aPenalty(driver, fleet.manager);
  const row = await wantLink(db, await penaltyRow(penaltyId), paise(65_000));
  const txnid = row.easebuzzTxnId!;
  await gateway.scenario({ match: txnid, call: 'webhook', copies: 0 });
  await prepare(txnid);
  const handle = await begin({ ...payInProcess(payInFacts(row)), args: [payInFacts(row), by] });
  return { driver, penaltyId, handle, id: row.id, link: await handle.executeUpdate(payInLink) };
};

test('a page that the gateway did not make is asked for again at each enquiry, and when the driver asks', async () => {
  const { id, link, handle } = await aLink({ ...clock, enquiriesMs: [1_000, 3_600_000] }, (match) =>
    gateway.scenario({ match, call: 'initiate', answer: 'error', acts: false }),
  );
  expect(link).toBe('UNKNOWN');
  expect(await transactionOf(id)).toMatchObject({ status: 'PENDING', paymentUrl: null });
  await gateway.scenario({ match: (await transactionOf(id)).easebuzzTxnId!, call: 'initiate' });

  expect(await handle.executeUpdate(payInLink)).toBe('LIVE');
  const { paymentUrl } = await transactionOf(id);
  await gateway.click(paymentUrl!, 'close');
  await handle.signal('enquire');
  await untilStatus(id, 'SUCCESS');

  await handle.result();
});

test('a gateway that cannot be reached leaves the payment open, so that its page is asked for again', async () => {
  const { id } = await aLink();
  await db.transaction.update({ where: { id }, data: { paymentUrl: null } });

  const { link, facts } = await commits.recordLink({ transactionId: id, initiated: { kind: 'unavailable' } });

  expect([link, facts.status]).toEqual(['UNAVAILABLE', 'PENDING']);
});

test('a voided link is asked about until it can be paid no more: money that comes is owed to the driver', async () => {
  const { driver, penaltyId, id, handle } = await aLink();
  const { paymentUrl } = await transactionOf(id);
  await waivePenalty(penaltyId, fleet.manager);

  await gateway.click(paymentUrl!, 'close');
  await untilStatus(id, 'SUCCESS');

  await handle.result();
  expect(await balancesOf(driver.id)).toEqual({ [`2020[${driver.id}]`]: 65_000 });
  expect(await faultsInBooks(driver.id)).toEqual([]);
});

test('a voided link that nobody pays is given up with the others, and stays what it is', async () => {
  const { penaltyId, id, handle } = await aLink();
  await waivePenalty(penaltyId, fleet.manager);
  await handle.signal('enquire');
  await until(async () => (await cardOf(handle)).includes('nobody expects'), 'the card to say so');

  await handle.result();

  expect(await transactionOf(id)).toMatchObject({ status: 'FAILED', statusReason: 'WAIVED' });
});
