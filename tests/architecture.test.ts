import { expect, test } from '@jest/globals';
import type { Duration } from '@temporalio/common';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  areas,
  code,
  imports,
  isOurs,
  lines,
  notOurs,
  nounOf,
  read,
  root,
  sources,
  strangers,
  under,
} from './sources.ts';

/** Whatever is not a file of ours. */
const aPackage = '(?<!\\.ts)$';

test('there is something to look at', () => {
  expect(sources.length).toBeGreaterThan(80);
  expect(imports.filter(({ to }) => isOurs(to)).length).toBeGreaterThan(200);
  expect(imports.filter(({ to }) => isOurs(to) && !existsSync(join(root, to)) && !notOurs.test(to))).toEqual([]);
});

test('rules import rules, and the one word for a refusal', () => {
  expect(strangers(/^workflows\/domain\/(?!refusals)/, { anything: /^workflows\/domain\// })).toEqual([]);
  expect(strangers(/^workflows\/domain\/refusals/, { anything: /^workflows\/domain\/|^@temporalio\/common$/ })).toEqual(
    [],
  );
});

test('workflows import rules, the SDK, and of activities only types', () => {
  const allowed = { anything: /^workflows\/|^@temporalio\/(?:workflow|common)$/, types: /^activities\// };

  expect(strangers(/^workflows\/(?!domain)/, allowed)).toEqual([]);
});

test('a module of workflows keeps nothing, because all executions share it', () => {
  const kept =
    /^(?:export )?(?:let|var)\b|^(?:export )?const .*(?:\btransactions[<(]|\bqueue\(|\bnew (?:Map|Set|Weak)|= \[\];|= \{\};)/;

  expect(lines((path) => path.startsWith('workflows/'), kept)).toEqual([]);
});

test('activities import rules, tables and partners, and of workflows only how one is begun', () => {
  const ours = /^activities\/|^workflows\/domain\/|^workflows\/processes\.ts$|^prisma\//;
  const allowed = { anything: new RegExp(`${ours.source}|${aPackage}`), types: /^workflows\// };

  expect(strangers(/^activities\//, allowed)).toEqual([]);
});

test('the API imports workflows, rules and tables', () => {
  const anything = new RegExp(`^api/|^workflows/|^prisma/|${aPackage}`);

  expect(strangers(/^api\//, { anything })).toEqual([]);
});

test('workers import activities, workflows and tables', () => {
  const anything = new RegExp(`^workers/|^activities/|^workflows/|^prisma/|${aPackage}`);

  expect(strangers(/^workers\//, { anything })).toEqual([]);
});

test('tables import at most rules', () => {
  const anything = new RegExp(`^prisma/|^workflows/domain/|${aPackage}`);

  expect(strangers(/^prisma\//, { anything })).toEqual([]);
});

test('nothing imports the API but its documents, and nothing imports activities but workers', () => {
  const importers = (layer: string, by: RegExp) =>
    imports
      .filter(
        ({ from, to, typeOnly }) => to.startsWith(layer) && !by.test(from) && !(typeOnly && /^workflows/.test(from)),
      )
      .map(({ from, to }) => `${from} → ${to}`);

  expect(importers('api/', /^(?:api|docs|tests)\//)).toEqual([]);
  expect(importers('activities/', /^(?:activities|workers|tests)\//)).toEqual([]);
  expect(importers('local/', /^(?:local|tests)\//)).toEqual([]);
});

test('the environment is read where a process begins, and nowhere else', () => {
  const entries =
    /^(?:api\/main|workers\/(?:main|schedules)|prisma\/(?:migrate|seed|ledger)|prisma\.config)\.ts$|^(?:local|tests)\//;

  expect(lines((path) => !entries.test(path), /process\.env|process\[/)).toEqual([]);
});

test('only the maps client and the partners’ client call out', () => {
  const callers = /^api\/trips\/google-maps\.ts$|^activities\/partners\/http\.ts$|^(?:local|tests)\//;

  expect(lines((path) => !callers.test(path), /\bfetch\(|\bhttps?\.request\(/)).toEqual([]);
});

/** The models that only a process changes, by what is written above them: `model` for the client, `table` for SQL. */
const processModels = under('prisma/models')
  .filter((path) => path.endsWith('.prisma'))
  .flatMap((path) => [...read(path).matchAll(/((?:^\/\/\/.*\n)*)^model (\w)(\w*) \{[^}]*@@map\("(\w+)"\)/gm)])
  .filter(([, comment]) => /changed only by the process `\w+:<id>`/i.test(comment!))
  .map(([, , initial, rest, table]) => ({ model: `${initial!.toLowerCase()}${rest}`, table: table! }));

test('rows of a process are changed by the activities of its workflow alone', () => {
  const models = processModels.map(({ model }) => model).join('|');
  const tables = processModels.map(({ table }) => table).join('|');
  const writes = new RegExp(`\\.(?:${models})\\s*\\.(?:update|upsert|delete)|(?:UPDATE|DELETE FROM) "(?:${tables})"`);

  expect(processModels).toContainEqual({ model: 'tripAssignment', table: 'trip_assignments' });
  expect(lines((path) => /^(?:api|local|workers|prisma)\//.test(path), writes)).toEqual([]);
  expect(lines((path) => path.startsWith('activities/'), writes).length).toBeGreaterThan(3);
});

test('every folder that is no area says what belongs into it', () => {
  const folders = sources
    .filter((path) => !/^tests\/|\.config/.test(path))
    .map(dirname)
    .filter((folder) => !areas.some((area) => area === basename(folder)));

  expect([...new Set([...folders, 'tests'])].filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual(
    [],
  );
});

test('a domain has one name through all layers', () => {
  const named = (folder: string, declares: RegExp) =>
    sources.filter((path) => declares.test(code(path))).flatMap((path) => nounOf(folder, path) ?? []);
  const domains = named('activities', /export const (?!create)\w+Activities = /);
  const withRules = domains.filter((name) => name !== 'reconciliation');

  const workflows = named('workflows', /export async function \w+Workflow\(/);
  /** `trip-alerts` is a part of `trips`. */
  const isPart = (name: string) => workflows.some((workflow) => name.startsWith(`${workflow.replace(/s$/, '')}-`));
  expect(workflows.filter((name) => !domains.includes(name))).toEqual([]);
  expect(domains.filter((name) => !workflows.includes(name) && !isPart(name))).toEqual([]);
  const rules = sources.map((path) => nounOf('workflows/domain', path));
  expect(withRules.filter((name) => !rules.includes(name))).toEqual([]);
});

test('.env.example documents exactly what the two processes read', () => {
  const keysOf = (path: string) => [...code(path).matchAll(/^\s+([A-Z][A-Z0-9_]+): /gm)].map(([, key]) => key!);
  const documented = [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, key]) => key!);

  expect(documented.sort()).toEqual([...new Set([...keysOf('api/env.ts'), ...keysOf('workers/env.ts')])].sort());
});

test('there is one copy of each package of Temporal, all of one version', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> };
  const copies = Object.entries(lock.packages).filter(([path]) => /node_modules\/@temporalio\/[^/]+$/.test(path));

  const names = copies.map(([path]) => path.replace(/.*node_modules\//, ''));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(new Set(copies.map(([, { version }]) => version)).size).toBe(1);
  expect(names.length).toBeGreaterThan(4);
});

test('a misspelt duration does not type-check', () => {
  const right: Duration = '15s';
  // @ts-expect-error If this line is no error, every duration of the SDK is `any`: see `paths` in tsconfig.json.
  const wrong: Duration = '15 sekunden';

  expect([right, wrong]).toHaveLength(2);
});

/** Each is one table or one resource; splitting it would not make it easier to read. */
const long: string[] = [];

test('a file fits on a few screens', () => {
  const tooLong = sources.filter((path) => !path.startsWith('tests/') && read(path).split('\n').length > 301);

  expect(tooLong.filter((path) => !long.includes(path))).toEqual([]);
});
