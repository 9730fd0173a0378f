import { beforeAll, expect, test } from '@jest/globals';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordedHistories, textsIn } from './histories.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const logger = new DefaultLogger('ERROR');

beforeAll(() => {
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {}, filter: 'OFF' } } });
});

/** What replaying every recorded history against some workflow code ends with, by name; null when it replays. */
const replayed = async (workflows: string) => {
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: join(workflows, 'index.ts'), logger });
  const histories = recordedHistories().map(({ name, history }) => ({ workflowId: name, history }));
  const results = new Map<string, Error | null>();
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
    results.set(workflowId, error ?? null);
  return results;
};

/** A copy of the workflows in which one text stands for another; the module folder beside it, as in the project. */
const changedWorkflows = (file: string, from: string, to: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'changed-workflows-'));
  cpSync(join(root, 'workflows'), join(folder, 'workflows'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'workflows', file);
  const code = readFileSync(path, 'utf8');
  if (!code.includes(from)) throw new Error(`${file} does not contain ${from}`);
  writeFileSync(path, code.replace(from, to));
  return { folder, workflows: join(folder, 'workflows') };
};

test('every recorded workflow goes on under the code of today', async () => {
  const results = await replayed(join(root, 'workflows'));

  const kinds = new Set([...results.keys()].map((name) => name.split('-')[0]));
  expect([...kinds].sort()).toEqual(['notification', 'purge', 'reconciliation', 'shift', 'trip']);
  expect([...results].filter(([, error]) => error)).toEqual([]);
});

test('code that would confuse a running trip is found out', async () => {
  const changed = changedWorkflows('trips/trips.ts', "commit('acknowledgeTrip'", "commit('settleTrip' as never");
  try {
    const results = await replayed(changed.workflows);

    const broken = [...results].filter(([, error]) => error?.name === 'DeterminismViolationError');
    expect(broken.map(([name]) => name)).toEqual([...results.keys()].filter((name) => name.startsWith('trip')));
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
const harmless = /\.(?:textId|hasCode|codeChecked|failureReason|reason|workflowTypeName|\w*[nN]ame)$/;

test('recorded histories have no field that would hold a name, a phone, an address, a remark or a code', () => {
  const fields = recordedHistories().flatMap(({ name, history }) =>
    textsIn(history).map(({ path }) => `${name} ${path.replace(/\.\d+(?=\.|$)/g, '')}`),
  );

  const suspects = fields.filter((path) => spokenField.test(path.split('.').at(-1)!) && !harmless.test(path));

  expect([...new Set(suspects)]).toEqual([]);
});
