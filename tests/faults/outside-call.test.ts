import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decide } from '../../workflows/shared/outside-call.ts';
import { attributes } from '../../workflows/shared/search-attributes.ts';
import { refusedWith } from '../activities/changes.ts';
import { asStaff } from '../world/actors.ts';
import { db } from '../world/database.ts';
import { whileCommitting, whileHeld } from '../world/locks.ts';
import { temporal } from '../world/temporal.ts';
import { until } from '../world/until.ts';
import { world } from '../world/world.ts';
import { createTransfers } from './transfers/activities.ts';
import { startPartner } from './transfers/partner.ts';
import type { transferWorkflow } from './transfers/workflow.ts';

const table = 'test_transfers';
const codePath = join(world.folder, 'transfers.js');
let partner: Awaited<ReturnType<typeof startPartner>>;
let worker: ChildProcess;

const startWorker = async () => {
  const file = fileURLToPath(new URL('transfers/worker.ts', import.meta.url));
  worker = fork(file, [world.temporalAddress, world.databaseUrl, partner.url, codePath], { execArgv: [] });
  await once(worker, 'message');
};

/** Kills the worker; a fresh one is there when it returns. */
const killWorker = async () => {
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
  await startWorker();
};

beforeAll(async () => {
  partner = await startPartner();
  await createTransfers(db);
  const workflowsPath = fileURLToPath(new URL('transfers/workflow.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  writeFileSync(codePath, code);
  await startWorker();
});
afterAll(() => {
  worker.kill('SIGKILL');
  partner.stop();
});

const begin = (transferId: string, waitsMs: number[]) =>
  temporal.workflow.start<typeof transferWorkflow>('transferWorkflow', {
    ...{ workflowId: `transfer:${transferId}`, taskQueue: 'transfers', workflowTaskTimeout: '3s' },
    args: [transferId, waitsMs],
  });

const aTransfer = async (waitsMs = [100, 200]) => {
  const id = randomUUID();
  await db.$executeRaw`INSERT INTO "test_transfers" ("id", "state") VALUES (${id}, 'CREATED')`;
  return { id, begin: () => begin(id, waitsMs) };
};

interface Row {
  state: string;
  number: string;
  decidedBy: string | null;
  changes: number;
}

const rowOf = async (id: string) => (await db.$queryRaw<Row[]>`SELECT * FROM "test_transfers" WHERE "id" = ${id}`)[0]!;

/** The calls that the partner got; all of them under the number of the row. */
const callsOf = async (id: string): Promise<string[]> => {
  const { number } = await rowOf(id);
  expect([...new Set(partner.received.map((call) => call.number))]).toEqual([number]);
  return partner.received.map(({ method }) => method);
};

const untilReceived = (calls: number) =>
  until(() => Promise.resolve(partner.received.length >= calls), `call ${calls} at the partner`);

test.each([
  ['yes', 'PAID'],
  ['no', 'FAILED'],
] as const)('a call whose answer is %s is made once', async (_, outcome) => {
  const transfer = await aTransfer();
  partner.plays(outcome);

  const handle = await transfer.begin();

  expect(await handle.result()).toBe(outcome);
  expect(await rowOf(transfer.id)).toMatchObject({ state: outcome, decidedBy: null, changes: 2 });
  expect(await callsOf(transfer.id)).toEqual(['POST']);
});

test.each(['unknown', 'lost', 'held'] as const)('a call whose answer is %s is enquired about', async (first) => {
  const transfer = await aTransfer([100, 100, 100]);
  partner.plays(first, 'lost', 'PAID');

  const handle = await transfer.begin();

  expect(await handle.result()).toBe('PAID');
  // Unknown in between.
  expect(await rowOf(transfer.id)).toMatchObject({ state: 'PAID', changes: 3 });
  expect(await callsOf(transfer.id)).toEqual(['POST', 'GET', 'GET']);
});

const needsHuman = async (handle: Awaited<ReturnType<typeof begin>>) =>
  (await handle.describe()).typedSearchAttributes.get(attributes.NeedsHuman) ?? false;

test('what is unknown to the end is decided by a person', async () => {
  const transfer = await aTransfer([100, 6_000]);
  const by = asStaff(randomUUID(), 'SUPER_ADMIN');
  const decision = { args: [{ answer: 'FAILED', by }] as [{ answer: string; by: typeof by }] };
  partner.plays('lost', 'unknown', 'unknown');

  const handle = await transfer.begin();
  await untilReceived(2);
  const early = await refusedWith(handle.executeUpdate(decide, decision));
  await until(() => needsHuman(handle), 'the transfer to need a human');
  await killWorker();
  await handle.executeUpdate(decide, decision);

  expect(early).toBe('NOTHING_TO_DECIDE');
  expect(await handle.result()).toBe('FAILED');
  expect(await needsHuman(handle)).toBe(false);
  expect(await rowOf(transfer.id)).toMatchObject({ state: 'FAILED', decidedBy: by.userId, changes: 3 });
  expect(await callsOf(transfer.id)).toEqual(['POST', 'GET', 'GET']);
});

test('the worker dies between each two steps: one number, one call, one outcome', async () => {
  const transfer = await aTransfer([500, 500, 500]);
  partner.plays('held', 'held', 'PAID');
  /** Dies before a commit, and again before the news of it. */
  const diesAround = (send = () => undefined as unknown) => {
    const before = () => whileHeld(1, () => void send(), killWorker, [table]);
    return whileCommitting(killWorker, { table, before });
  };

  let handle: Awaited<ReturnType<typeof begin>>;
  await diesAround(async () => (handle = await transfer.begin()));
  await untilReceived(1);
  await killWorker();
  await diesAround();
  await untilReceived(2);
  await killWorker();
  await diesAround();

  expect(await handle!.result()).toBe('PAID');
  expect(await rowOf(transfer.id)).toMatchObject({ state: 'PAID', decidedBy: null, changes: 3 });
  expect(await callsOf(transfer.id)).toEqual(['POST', 'GET', 'GET']);
});

test('a workflow that is lost in its call and started again repeats it under the same number', async () => {
  const transfer = await aTransfer();
  partner.plays('held', 'PAID');
  const lost = await transfer.begin();
  await untilReceived(1);
  await lost.terminate();

  expect(await (await transfer.begin()).result()).toBe('PAID');
  expect(await rowOf(transfer.id)).toMatchObject({ state: 'PAID', changes: 2 });
  expect(await callsOf(transfer.id)).toEqual(['POST', 'POST']);
});
