import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { nameOf } from '../../api/http/endpoint.ts';
import { get } from '../world/api.ts';
import { aFleet } from '../world/factories.ts';
import { smsWith } from '../world/sms.ts';
import { world } from '../world/world.ts';
import { examples, record } from './recorded-answers.ts';
import { situationFor } from './situations.ts';

const run = promisify(execFile);

/** Runs lines as a newcomer would paste them, where an unset variable is a fault. */
const paste = async (lines: string, variables: Record<string, string>): Promise<string> => {
  const { stdout } = await run('bash', ['-euc', lines], { env: { PATH: process.env['PATH'], ...variables } });
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

test.each(routes)('the documented line of $method $path works when pasted', async ({ method, path, endpoint }) => {
  const name = nameOf(endpoint);
  const operation = document.paths[path.replace(/:(\w+)/g, '{$1}')]![method]!;
  const [line] = shellBlocks(operation.description);

  const { status, answer } = await pasteCurl(line!, await situationFor(name));

  expect({ status, answer }).toMatchObject({ status: endpoint.status ?? 200 });
  if (isRecording) answers.set(name, answer);
  else expect(examples[name]).toHaveProperty('answer');
});

// `npm run examples` keeps them for the document.
afterAll(() => (isRecording ? record(answers) : undefined));

test('the lines at the top of the document log in', async () => {
  const { phone } = (await aFleet()).fleetAdmin;
  const [ask, enter] = shellBlocks(document.info.description);

  await paste(ask!.replace('http://127.0.0.1:3000', world.api).replace('9800000002', phone), {});
  const code = await smsWith(phone, /^(\d{6}) is your/);
  const lines = `${enter!.replace('123456', code)} echo "$TOKEN $IN_AN_HOUR"`;
  const [token, inAnHour] = (await paste(lines, { API: world.api, PHONE: phone })).trim().split(' ');

  expect((await get('/fleets', { token })).status).toBe(200);
  expect(Date.parse(inAnHour!) - Date.now()).toBeGreaterThan(3_500_000);
});
