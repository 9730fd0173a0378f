import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { endpoints } from '../../../api/endpoints.ts';
import { nameOf } from '../../../api/http/endpoint.ts';
import type { Method } from '../../../api/http/endpoint.ts';
import { get } from '../../world/api.ts';
import { db, seals } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { smsWith } from '../../world/sms.ts';
import { world } from '../../world/world.ts';
import { examples, fieldsThatDiffer, record } from './recorded-answers.ts';
import { situationFor } from './situations.ts';

const run = promisify(execFile);

/** Runs lines as a newcomer would paste them, where an unset variable is a fault. */
const paste = async (lines: string, variables: Record<string, string>): Promise<string> => {
  const { stdout } = await run('bash', ['--norc', '-euc', lines], { env: { PATH: process.env['PATH'], ...variables } });
  return stdout;
};

/** What a line is answered, and with which status. */
const pasteCurl = async (line: string, variables: Record<string, string>) => {
  const said = await paste(`curl() { command curl -sS -w '\\n%{http_code}' "$@"; }\n${line}`, variables);
  const [, text = '', status] = /^(.*)\n(\d{3})$/s.exec(said) ?? [];
  return { status: Number(status), answer: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
};

const shellBlocks = (markdown: string): string[] =>
  [...markdown.matchAll(/```sh\n(.*?)```/gs)].map(([, lines]) => lines!);

let document: { info: { description: string }; paths: Record<string, Record<string, { description: string }>> };
beforeAll(async () => {
  document = (await get('/openapi.json')).body;
});

const routes = endpoints.flatMap((endpoint) =>
  [endpoint.path, ...endpoint.aliases].map((path) => ({ method: endpoint.method, path, endpoint })),
);
const answers = new Map<string, unknown>();
const isRecording = Boolean(process.env['RECORD']);

/** Runs the line that the document shows for a route. */
const pasteRoute = (method: Method, path: string, variables: Record<string, string>) => {
  const { description } = document.paths[path.replace(/:(\w+)/g, '{$1}')]![method]!;
  return pasteCurl(shellBlocks(description)[0]!, variables);
};

test.each(routes)('the documented line of $method $path works when pasted', async ({ method, path, endpoint }) => {
  const name = nameOf(endpoint);

  const { status, answer } = await pasteRoute(method, path, await situationFor(name));

  expect({ status, answer }).toMatchObject({ status: endpoint.status ?? 200 });
  if (isRecording) answers.set(name, answer);
  else expect(fieldsThatDiffer(answer, examples[name]?.answer)).toEqual([]);
});

// `npm run examples` keeps them for the document.
afterAll(() => (isRecording ? record(answers) : undefined));

test('the lines at the top of the document log in', async () => {
  const { phone } = (await aFleet()).fleetAdmin;
  const [ask, enter] = shellBlocks(document.info.description);

  await paste(ask!.replace('9800000002', phone), {});
  const code = await smsWith(phone, /^(\d{6}) is your/);
  const lines = `${enter!.replace('123456', code)} echo "$TOKEN $PICKUP_TIME"`;
  const [token, pickupTime] = (await paste(lines, { API: world.api, PHONE: phone })).trim().split(' ');

  expect((await get('/fleets', { token })).status).toBe(200);
  expect((Date.parse(pickupTime!) - Date.now()) / 60_000).toBeCloseTo(20, 0);
});

test('the documented lines play a day, each with the ids that the ones before it answered', async () => {
  const variables = await situationFor();
  const does = async (path: string) => {
    const { answer } = await pasteRoute('post', path, variables);
    expect({ path, answer }).toMatchObject({ answer: { success: true } });
    return (answer as { data: { id: string } }).data.id;
  };

  variables['SHIFT_ID'] = await does('/attendance/check-in');
  await does('/attendance/:id/approve');
  variables['TRIP_ID'] = await does('/trips');
  for (const path of ['/admin/trips/assign', '/trips/:id/start', '/trips/:id/arrived']) await does(path);
  const { sealedCode } = await db.trip.findUniqueOrThrow({ where: { id: variables['TRIP_ID'] } });
  variables['BOARDING_CODE'] = seals.open('boarding-code', sealedCode!, variables['TRIP_ID']);
  for (const path of ['/trips/:id/onboard', '/trips/:id/complete', '/attendance/check-out']) await does(path);

  expect(await db.trip.findUnique({ where: { id: variables['TRIP_ID'] } })).toMatchObject({ status: 'COMPLETED' });
});
