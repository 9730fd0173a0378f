import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ledgerActivities } from '../../../activities/money/ledger.ts';
import type { LedgerCheckScope } from '../../../prisma/generated/enums.ts';
import { areStopped, findingsMax } from '../../../prisma/payouts/stops.ts';
import { ownDatabase } from '../../world/money/own-database.ts';

let own: Awaited<ReturnType<typeof ownDatabase>>;
beforeAll(async () => {
  own = await ownDatabase();
});
afterAll(() => own.drop());
beforeEach(async () => {
  await own.db.ledgerCheckFinding.deleteMany();
  await own.db.ledgerCheckRun.deleteMany();
});

const ran = (scope: LedgerCheckScope, ...owners: (string | null)[]) =>
  own.db.ledgerCheckRun.create({
    data: {
      ...{ scope, startedAt: new Date() },
      findings: { create: owners.map((owner) => ({ check: owner === null ? 'Q1' : 'Q7', owner, found: {} })) },
    },
  });

const stops = async (...owners: string[]) => (await areStopped(own.db, [{ owners }]))[0];

type Run = [LedgerCheckScope, ...(string | null)[]];

test.each<[string, Run[], string[], boolean]>([
  ['no check has run', [], ['ravi'], false],
  ['the books are in order', [['FULL'], ['INCREMENTAL']], ['ravi'], false],
  ['a row is about somebody else', [['FULL', 'asha']], ['ravi'], false],
  ['a row is about the owner', [['FULL', 'asha', 'ravi']], ['ravi'], true],
  [
    'a row is about the collection that is paid',
    [['FULL'], ['INCREMENTAL', 'collection']],
    ['ravi', 'collection'],
    true,
  ],
  ['later runs have looked at others', [['INCREMENTAL', 'ravi'], ['INCREMENTAL']], ['ravi'], true],
  ['a later full run found nothing', [['INCREMENTAL', 'ravi', null], ['FULL']], ['ravi'], false],
  ['the whole ledger is concerned', [['FULL', null], ['INCREMENTAL']], ['ravi'], true],
  ['more was found than a run keeps', [['FULL', ...Array.from({ length: findingsMax }, () => 'asha')]], ['ravi'], true],
])('when %s, money waits as it should', async (_, runs, owners, isStopped) => {
  for (const [scope, ...found] of runs) await ran(scope, ...found);

  expect(await stops(...owners)).toBe(isStopped);
});

test('what is found of an open day stops what pays the oldest days of its driver', async () => {
  await ran('FULL', 'day of ravi');
  const item = { kind: 'COLLECTION', fleetId: 'fleet', amountPaise: 700n, openPaise: 700n };
  await own.db.payableItem.createMany({
    data: ['ravi', 'asha'].map((driverId) => ({ ...item, driverId, source: `day of ${driverId}` })),
  });
  const paying = async (driverId: string) =>
    (await areStopped(own.db, [{ owners: [driverId], openDaysOf: driverId }]))[0];

  expect([await paying('ravi'), await paying('asha'), await stops('ravi')]).toEqual([true, false, false]);

  await own.db.payableItem.updateMany({ data: { openPaise: 0 } });
  expect(await paying('ravi')).toBe(false);
  await own.db.payableItem.deleteMany();
});

test('what a run of the checks finds stops the driver until a full run finds it mended', async () => {
  const { runChecks } = ledgerActivities(own);
  const due = { driverId: 'ravi', fleetId: 'fleet', kind: 'PENALTY', source: 'penalty', amountPaise: 700n };
  await own.db.driverDue.create({ data: { ...due, outstandingPaise: 700n } });

  expect((await runChecks('INCREMENTAL')).found).toEqual({ Q7: 1 });

  expect([await stops('ravi'), await stops('asha')]).toEqual([true, false]);
  await own.db.driverDue.deleteMany();
  expect((await runChecks('FULL')).found).toEqual({});
  expect(await stops('ravi')).toBe(false);
});
