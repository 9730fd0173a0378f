import { beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleOf } from '../../workers/bundle.ts';
import { rentalRules } from '../../workflows/domain/money/rental-record.ts';
import { collectionRules } from '../../workflows/domain/money/collections/collection-record.ts';
import { orderRules } from '../../workflows/domain/money/orders/order-record.ts';
import { penaltyRules } from '../../workflows/domain/money/penalty-record.ts';
import { shiftRules } from '../../workflows/domain/shifts/shift-record.ts';
import { tripRules } from '../../workflows/domain/trips/trip-record.ts';
import { recordedHistories, textsIn } from './histories.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const logger = new DefaultLogger('ERROR');

beforeAll(() => {
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });
});

/** What replaying every recorded history against some workflow code ends with, by name; null when it replays. */
const replayed = async (workflows: string) => {
  const workflowBundle = await bundleOf(join(workflows, 'index.ts'), logger);
  const histories = recordedHistories().map(({ name, history }) => ({ workflowId: name, history }));
  const results = new Map<string, Error | null>();
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
    results.set(workflowId, error ?? null);
  return results;
};

type TextChange = [file: string, from: string, to: string];

/** A copy of the workflows in which one text stands for another; the module folder beside it, as in the project. */
const changedWorkflows = (...changes: TextChange[]) => {
  const folder = mkdtempSync(join(tmpdir(), 'changed-workflows-'));
  cpSync(join(root, 'workflows'), join(folder, 'workflows'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, from, to] of changes) {
    const path = join(folder, 'workflows', file);
    const code = readFileSync(path, 'utf8');
    if (!code.includes(from)) throw new Error(`${file} does not contain ${from}`);
    writeFileSync(path, code.replace(from, to));
  }
  return { folder, workflows: join(folder, 'workflows') };
};

test('every recorded workflow goes on under the code of today', async () => {
  const results = await replayed(join(root, 'workflows'));

  expect(results.size).toBeGreaterThan(20);
  expect([...results].filter(([, error]) => error)).toEqual([]);
});

interface Event {
  workflowExecutionStartedEventAttributes?: { workflowType: { name: string } };
  workflowExecutionUpdateAcceptedEventAttributes?: { acceptedRequest: { input: { name: string } } };
  timerFiredEventAttributes?: object;
  workflowExecutionContinuedAsNewEventAttributes?: object;
  activityTaskCancelRequestedEventAttributes?: object;
}

/** What the recorded histories of a workflow type went through. */
const recordedOf = (type: string) => {
  const histories = recordedHistories().map(({ history }) => (history as { events: Event[] }).events);
  const events = histories
    .filter(([first]) => first!.workflowExecutionStartedEventAttributes!.workflowType.name === type)
    .flat();
  const names = events.map((event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest.input.name);
  return { updates: new Set(names.filter((name) => name !== undefined)), events };
};

test.each([
  // A hold expires by its deadline, not by an update.
  { type: 'tripWorkflow', commands: Object.keys(tripRules).filter((name) => name !== 'expireHold') },
  { type: 'shiftWorkflow', commands: Object.keys(shiftRules) },
])('every command, a deadline, a nudge and a fresh run of $type are recorded', ({ type, commands }) => {
  const { updates, events } = recordedOf(type);

  expect([...updates].sort()).toEqual([...commands, 'nudge'].sort());
  expect(events.some((event) => event.timerFiredEventAttributes)).toBe(true);
  expect(events.some((event) => event.workflowExecutionContinuedAsNewEventAttributes)).toBe(true);
});

test.each([
  // A suspension ends by its deadline, not by an update.
  { type: 'penaltyWorkflow', commands: Object.keys(penaltyRules).filter((name) => name !== 'end') },
  // So does a period, and a pause.
  {
    type: 'rentalWorkflow',
    commands: Object.keys(rentalRules).filter((name) => name !== 'expire' && name !== 'endPause'),
  },
  // So does a day.
  { type: 'collectionWorkflow', commands: Object.keys(collectionRules).filter((name) => name !== 'closeDay') },
  { type: 'orderWorkflow', commands: Object.keys(orderRules).filter((name) => name !== 'expire') },
])('every command, a deadline and a nudge of $type are recorded', ({ type, commands }) => {
  const { updates, events } = recordedOf(type);

  expect([...updates].sort()).toEqual([...commands, 'nudge'].sort());
  expect(events.some((event) => event.timerFiredEventAttributes)).toBe(true);
});

test('a hold that expired and a command that was stuck until a nudge are recorded', () => {
  const names = recordedHistories().map(({ name }) => name.split('-')[0]);

  expect(names).toEqual(expect.arrayContaining(['tripHold', 'tripStuck']));
  expect(recordedOf('tripWorkflow').events.some((event) => event.activityTaskCancelRequestedEventAttributes)).toBe(
    true,
  );
});

test.each([
  ...['notificationWorkflow', 'purgeWorkflow', 'reconciliationWorkflow'],
  ...[
    'ledgerCheckWorkflow',
    'manualJournalWorkflow',
    'dueWriteOffWorkflow',
    'monthCloseWorkflow',
    'monthsDueWorkflow',
    'rentalIncomeWorkflow',
  ],
  ...['virtualAccountWorkflow', 'creditWorkflow', 'gatewayDaysWorkflow', 'payoutWorkflow', 'bulkPayoutWorkflow'],
])('%s is recorded', (type) => {
  expect(recordedOf(type).events.length).toBeGreaterThan(0);
});

/** Rules, times and words that change while records run. */
const ruleChanges: TextChange[] = [
  ['domain/trips/trips.ts', 'startWindowMinutes = 150', 'startWindowMinutes = 5'],
  ['domain/trips/trips.ts', 'arrivalWindowMinutes = 30', 'arrivalWindowMinutes = 0'],
  ['domain/trips/trips.ts', 'pickupRadiusMeters = 500', 'pickupRadiusMeters = 1'],
  ['domain/trips/trip-deadlines.ts', 'minutesFromPickup: -15 }', 'minutesFromPickup: -90 }'],
  ['domain/trips/trip-deadlines.ts', '2 * minuteMs', '30 * minuteMs'],
  ['shared/record.ts', 'usualPatienceMs = 15_000', 'usualPatienceMs = 1_000'],
  ['domain/trips/trip-record.ts', 'state: stageOf(trip)', "state: stageOf(trip).replace('EN_ROUTE', 'ON_THE_WAY')"],
  [
    'domain/trips/trips.ts',
    '(trip, { by }, nowMs) => {',
    "(trip, { by }, nowMs) => {\n  if (nowMs > 0) throw refusal('NOT_TRIP_DRIVER');",
  ],
  ['domain/trips/trips.ts', "throw refusal('NOT_TRIP_DRIVER')", 'return'],
  [
    'domain/shifts/attendance.ts',
    "if (shift.driverLost) throw refusal('SHIFT_DRIVER_LOST');",
    "throw refusal('SHIFT_DRIVER_LOST');",
  ],
  [
    'domain/shifts/attendance.ts',
    "!isOpen(shift) && shift.approvalStatus !== 'PENDING' && shift.cashStatus !== 'DECLARED'",
    '!isOpen(shift)',
  ],
  ['trips/trips.ts', "waitsFor: 'a driver'", "waitsFor: 'somebody'"],
  ['domain/money/penalties.ts', 'ms(endsAt) + 1', 'ms(endsAt) + 60_000'],
  ['domain/money/penalties.ts', "throw refusal('PENALTY_ALREADY_WAIVED')", 'return null'],
];

test('rules, times and words may change while records run', async () => {
  const changed = changedWorkflows(...ruleChanges);
  try {
    const results = await replayed(changed.workflows);

    expect([...results].filter(([, error]) => error)).toEqual([]);
  } finally {
    rmSync(changed.folder, { recursive: true });
  }
});

test('code that would confuse a running record is found out', async () => {
  const changed = changedWorkflows(['shared/record.ts', "commit('begin',", "commit('read',"]);
  try {
    const results = await replayed(changed.workflows);

    const broken = [...results].filter(([, error]) => error?.name === 'DeterminismViolationError');
    const records = [...results.keys()].filter((name) =>
      /^(?:trip|shift|penalty|collection|order|rental(?!Income))/.test(name),
    );
    expect(broken.map(([name]) => name)).toEqual(records);
  } finally {
    rmSync(changed.folder, { recursive: true });
  }
});

const personal = {
  'a phone': /(?<![\w.-])(?:\+?91[- ]?)?[6-9]\d{9}(?![\w.-])/,
  'a web address': /https?:\/\//,
  'an e-mail address': /[\w.]+@[\w-]+\.\w{2,}/,
  'a token': /eyJ[\w-]+\.[\w-]+/,
  'a postal address': /Connaught|Cyber Hub|New Delhi|Gurugram/,
  'a name': /Priya|Dinesh|Kumar|Bhatnagar/,
};

test('recorded histories are clean of everything personal', () => {
  const texts = recordedHistories().flatMap(({ name, history }) =>
    textsIn(history).map(({ path, text }) => ({ where: `${name}${path}`, text })),
  );

  const leaks = Object.entries(personal).flatMap(([kind, pattern]) =>
    texts.filter(({ text }) => pattern.test(text)).map(({ where, text }) => `${kind} at ${where}: ${text}`),
  );

  expect(texts.length).toBeGreaterThan(500);
  expect(leaks).toEqual([]);
});

const spokenField = /name|phone|mobile|address|location|remark|reason|otp|code$|url|email|text$/i;
/** Fields of that sound which hold none of it: an opaque id, a flag, words of the server. */
const harmless = /\.(?:textId|hasCode|codeChecked|failureReason|statusReason|reason|workflowTypeName|\w*[nN]ame)$/;

test('recorded histories have no field that would hold a name, a phone, an address, a remark or a code', () => {
  const fields = recordedHistories().flatMap(({ name, history }) =>
    textsIn(history).map(({ path }) => `${name} ${path.replace(/\.\d+(?=\.|$)/g, '')}`),
  );

  const suspects = fields.filter((path) => spokenField.test(path.split('.').at(-1)!) && !harmless.test(path));

  expect([...new Set(suspects)]).toEqual([]);
});
