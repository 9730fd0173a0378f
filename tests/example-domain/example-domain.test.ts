import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { edits } from '../../docs/example-domain/edits.ts';

// A new domain is added to a copy of the project, with the edits that `docs/add-a-route.md` names and no others.

const root = fileURLToPath(new URL('../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'drivers-klub-'));

const parts = [
  ...['api', 'workflows', 'activities', 'workers', 'prisma', 'local', 'docs', 'tests'],
  ...[
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'jest.config.js',
    'prisma.config.ts',
    '.env.example',
    'README.md',
  ],
];

/** Runs a program in the copy. A fault is thrown with all that it said. */
const run = async (program: string, args: string[], environment: Record<string, string> = {}): Promise<void> => {
  const { NODE_OPTIONS: _, ...own } = process.env;
  const options = { cwd: copy, env: { ...own, ...environment }, maxBuffer: 2 ** 26 };
  await promisify(execFile)(program, args, options).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`);
  });
};

const jest = (...args: string[]) =>
  run('node_modules/.bin/jest', args, {
    NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    RECORD: '1',
  });

beforeAll(async () => {
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
  rmSync(join(copy, 'docs/example-domain'), { recursive: true });
  rmSync(join(copy, 'tests/example-domain'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  cpSync(join(root, 'docs/example-domain/new'), copy, { recursive: true });
  for (const { file, edit } of edits) {
    const path = join(copy, file);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
  }
  await run('npm', ['run', '--silent', 'generate']);
}, 120_000);

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('the list of files that a new domain touches is the list of what was changed here', () => {
  const page = readFileSync(join(root, 'docs/add-a-route.md'), 'utf8');
  const listed = [...page.matchAll(/^\d+\. `([^`]+)`: (.*)$/gm)].map(([, file, why]) => ({ file, why }));

  const changed = edits.map(({ file, why }) => ({ file: file.replace('/fleet/', '/<area>/'), why: `${why}.` }));
  expect(listed).toEqual(changed);
  expect(changed.length).toBeLessThanOrEqual(12);
});

test('a new domain type-checks', async () => {
  await run('node_modules/.bin/tsc', ['--noEmit']);
}, 300_000);

test('a new domain keeps to the structure and has its rules', async () => {
  await jest('tests/areas', 'tests/architecture', 'tests/domain/refusals', 'inspections', '--selectProjects', 'rules');
}, 300_000);

test('a new domain is migrated, served, documented and run', async () => {
  const files = ['tests/api/fleet/inspections', '/every-', '/documented'];

  // As `npm run examples` does.
  await run('node', ['docs/generate.ts']);
  await jest(...files, '-t', 'inspection', '--selectProjects', 'system');
  await run('node', ['docs/generate.ts']);

  const document = JSON.parse(readFileSync(join(copy, 'docs/openapi.json'), 'utf8')) as { paths: object };
  expect(Object.keys(document.paths)).toContain('/vehicles/inspections/{id}/pass');
}, 300_000);
