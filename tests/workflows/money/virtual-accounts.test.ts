import { beforeAll, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { virtualAccountActivities } from '../../../activities/money/collections/virtual-accounts.ts';
import type { WantAccount } from '../../../activities/money/collections/virtual-accounts.ts';
import { vehicleLabel, virtualAccountFacts } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { wantAccount } from '../../../workflows/money/virtual-accounts.ts';
import { virtualAccountProcess } from '../../../workflows/processes.ts';
import { asStaff } from '../../world/actors.ts';
import { gateway } from '../../world/money/collections.ts';
import { switchesOf } from '../../world/money/credits.ts';
import { db } from '../../world/database.ts';
import { aFleet, aVehicle } from '../../world/factories.ts';
import { until } from '../../world/until.ts';
import { cardOf, eventsOf, gate, onTemporal, replays } from '../on-temporal.ts';

const commits = virtualAccountActivities({ db });

/** For one account the database is away for a while: three attempts fail, and the fourth one waits at a door. */
const away = () => {
  const door = gate();
  let attempts = 0;
  return {
    open: door.open,
    isWaiting: () => attempts > 3,
    pass: async () => {
      attempts += 1;
      if (attempts <= 3) throw new Error('The database is away.');
      if (attempts === 4) await door.opened;
    },
  };
};
const awayFor = new Map<string, { read: ReturnType<typeof away>; want: ReturnType<typeof away> }>();

/** The real commits, of which some find no database; the calls go to the worker of the world. */
const { begin } = onTemporal({
  'account.begin': commits.begin,
  'account.read': async (id: string) => {
    await awayFor.get(id)?.read.pass();
    return commits.read(id);
  },
  'account.want': async (input: WantAccount) => {
    await awayFor.get(input.id)?.want.pass();
    return commits.want(input);
  },
});

let fleet: Awaited<ReturnType<typeof aFleet>>;
beforeAll(async () => {
  fleet = await aFleet();
});

const soon = { waitsMs: [300] };

/** An account that was written down, and of which the gateway knows nothing. */
const anAccount = async () => {
  const { id: vehicleId, vehicleNumber } = await aVehicle(fleet.id, fleet.hubId);
  const label = vehicleLabel(vehicleNumber);
  const row = await db.virtualAccount.create({
    data: { id: randomUUID(), vehicleId, fleetId: fleet.id, number: txnid('ACCOUNT', randomBytes(20)), label },
  });
  const facts = virtualAccountFacts(row);
  return {
    ...{ id: row.id, number: row.number },
    scenario: (how: object) => gateway.scenario({ match: row.number, call: 'createAccount', ...how }),
    begin: () => begin({ ...virtualAccountProcess(facts), args: [facts, soon] }),
    row: () => db.virtualAccount.findUniqueOrThrow({ where: { id: row.id } }),
  };
};

const want = (id: string, isWanted: boolean | null): { args: [WantAccount] } => ({
  args: [{ id, isWanted, by: asStaff(fleet.manager.id, 'MANAGER') }],
});
const asks = async (number: string) =>
  (await gateway.entries('asked', number)).filter(({ what }) => what === 'createAccount').length;

test('an unknown answer is asked for again under the same number, until there is one', async () => {
  const { id, number, scenario, begin, row } = await anAccount();
  await scenario({ answer: 'duplicate', times: 3 });

  const handle = await begin();
  const answer = await handle.executeUpdate(wantAccount, want(id, null));

  expect(answer).toBe('UNKNOWN');
  await handle.result();
  expect([await asks(number), (await row()).status]).toEqual([4, 'ACTIVE']);
  expect(await replays(handle)).toBe(true);
});

test('a refusal ends it; it is not asked for again until a person wants it', async () => {
  const { id, number, scenario, begin, row } = await anAccount();
  await scenario({ answer: 'refuse', times: 1 });
  await (await begin()).result();
  expect(await row()).toMatchObject({ status: 'FAILED', failureReason: 'Parameter validation failed' });

  await (await begin()).result();
  expect(await asks(number)).toBe(1);
  await commits.want({ id, isWanted: null, by: asStaff(fleet.manager.id, 'MANAGER') });
  await (await begin()).result();

  expect([await asks(number), (await row()).status]).toEqual([2, 'ACTIVE']);
});

test('somebody wants something else while the gateway is asked: the last wish counts', async () => {
  const { id, scenario, begin, row } = await anAccount();
  await scenario({ delayMs: 1_500, times: 1 });
  const handle = await begin();
  expect(await cardOf(handle)).toContain('the gateway to make it');

  for (const isWanted of [false, true, false])
    await handle.startUpdate(wantAccount, { ...want(id, isWanted), waitForStage: 'ACCEPTED' });

  await handle.result();
  const { gatewayId, status, isWanted } = await row();
  expect([status, isWanted]).toEqual(['INACTIVE', false]);
  expect((await switchesOf(gatewayId!)).at(-1)).toBe('false');
});

test('a process that is lost and begun again adopts what the gateway has', async () => {
  const { number, scenario, begin, row } = await anAccount();
  await scenario({ delayMs: 4_000, times: 1 });
  const lost = await begin();
  await until(async () => (await asks(number)) === 1, 'the gateway to be asked');
  await lost.terminate();

  await (await begin()).result();

  const { gatewayId } = await row();
  const answers = await gateway.entries('answered', gatewayId!);
  expect(answers.length).toBeGreaterThan(0);
  expect((await row()).status).toBe('ACTIVE');
});

test('a wish that waits for the database while the process comes to its end is carried out too', async () => {
  const { id, begin, row } = await anAccount();
  const doors = { read: away(), want: away() };
  awayFor.set(id, doors);
  const handle = await begin();
  await until(() => Promise.resolve(doors.read.isWaiting()), 'the last answer to be read');
  const wish = handle.executeUpdate(wantAccount, want(id, false)).catch(() => 'NONE');
  await until(() => Promise.resolve(doors.want.isWaiting()), 'the wish to be written down');

  doors.read.open();
  const isRead = async () =>
    (await eventsOf(handle)).filter(({ activityTaskCompletedEventAttributes: done }) => done).length >= 2;
  await until(isRead, 'the answer to be read');
  doors.want.open();

  try {
    await until(async () => (await row()).status === 'INACTIVE', 'the account to be switched off');
  } finally {
    await handle.terminate('The test is over.').catch(() => undefined);
    await wish;
  }
});
