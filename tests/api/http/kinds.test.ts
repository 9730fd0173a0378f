import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { z } from 'zod';
import { apiEnv } from '../../../api/env.ts';
import { get, post } from '../../../api/http/endpoint.ts';
import type { Endpoint } from '../../../api/http/endpoint.ts';
import { mount } from '../../../api/http/mount.ts';
import { createServices } from '../../../api/services.ts';
import { connect } from '../../../prisma/client.ts';
import { aFleet } from '../../world/factories.ts';
import { temporal } from '../../world/temporal.ts';
import { world } from '../../world/world.ts';

const Row = z.object({ name: z.string(), amount: z.number(), paid: z.boolean(), at: z.string().nullable() });
const rows = [
  { name: '=1+1', amount: -12.5, paid: true, at: null },
  { name: '@x', amount: 3, paid: false, at: '-7' },
  { name: '\tx', amount: 0, paid: false, at: '+91 98' },
  { name: 'Asha, "A"', amount: 1, paid: true, at: 'आज' },
];
const says = z.object({ body: z.unknown(), length: z.number(), file: z.unknown() });
const file = { upload: { field: 'file', bytesMax: 1000 } };
const fields = z.object({ cycle: z.string().optional() });
const isPublic = { allow: 'public', summary: 'A kind' } as const;
let madeOf: string[] = [];

const endpoints: Endpoint[] = [
  post('/form', {
    ...isPublic,
    input: 'form',
    body: fields,
    returns: fields,
    handle: ({ body }) => Promise.resolve(body),
  }),
  post('/raw', {
    ...{ ...isPublic, input: 'raw', body: fields, returns: z.string() },
    handle: ({ bytes }) => Promise.resolve(createHash('sha256').update(bytes).digest('hex')),
  }),
  post('/upload', {
    ...{ ...isPublic, input: file, body: fields, returns: says },
    handle: ({ body, upload }) =>
      Promise.resolve({
        body,
        length: upload?.content.length ?? -1,
        file: upload && { name: upload.name, type: upload.type },
      }),
  }),
  post('/guarded', {
    allow: 'users:create',
    summary: 'Closed',
    body: fields,
    returns: fields,
    handle: () => Promise.resolve({}),
  }),
  get('/csv', { ...isPublic, output: 'csv', returns: Row, handle: () => Promise.resolve({ name: 'rows.csv', rows }) }),
  get('/csv/broken', {
    ...{ ...isPublic, output: 'csv', returns: Row },
    handle: () => Promise.resolve({ name: 'rows.csv', rows: failing() }),
  }),
  get('/list', {
    ...{ ...isPublic, list: true, returns: Row },
    handle: () => Promise.resolve({ rows, total: 4, page: 1, limit: 10 }),
    csv: () => Promise.resolve({ name: 'list.csv', rows }),
  }),
  get('/page', { ...isPublic, output: 'html', returns: z.string(), handle: () => Promise.resolve('<p>नमस्ते</p>') }),
  get('/away', {
    ...isPublic,
    output: 'redirect',
    returns: z.string(),
    handle: () => Promise.resolve('https://pay.example/a?b=c'),
  }),
  get('/file', {
    ...{ ...isPublic, output: 'file', returns: z.unknown() },
    handle: () => Promise.resolve({ name: 'a.bin', type: 'application/pdf', content: Buffer.from('%PDF') }),
  }),
  post('/payments/orders', {
    ...{ ...isPublic, keyed: true, body: fields, returns: z.object({ id: z.string() }) },
    handle: ({ newId }) => {
      madeOf.push(newId());
      return Promise.resolve({ id: newId() });
    },
  }),
  get('/payments/:id', {
    ...isPublic,
    params: z.object({ id: z.string() }),
    returns: z.string(),
    handle: ({ params }) => Promise.resolve(params.id),
  }),
  get('/payment/success', { ...isPublic, returns: z.string(), handle: () => Promise.resolve('the page') }),
  get('/payments/admin/penalty/:id', {
    ...{ ...isPublic, params: z.object({ id: z.string() }), returns: z.string() },
    handle: ({ params }) => Promise.resolve(`penalty ${params.id}`),
  }),
  get('/partners/mmt/track', { ...isPublic, returns: z.string(), handle: () => Promise.resolve('tracked') }),
];

function* failing(): Generator<z.output<typeof Row>> {
  yield rows[0]!;
  throw new Error('the database went away');
}

const { db, pool, close } = connect(world.databaseUrl, 2);
let server: Server;

beforeAll(async () => {
  const parts = { db, pool, client: temporal, log: pino({ level: 'silent' }) };
  const app = express().use(mount(endpoints, createServices(apiEnv(world.apiEnvironment), parts)));
  await new Promise<void>((resolve) => (server = app.listen(0, '127.0.0.1', () => resolve())));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await close();
});

const ask = (path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { redirect: 'manual', ...init });

const json = async (path: string, init?: RequestInit) => {
  const response = await ask(path, init);
  // What a test expects is what it checks.
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
};

const sent = (
  body: string | FormData | ReadableStream,
  type?: string,
  headers: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  body,
  headers: { ...(type ? { 'content-type': type } : {}), ...headers },
});

const formOf = (...files: [field: string, content: string, name: string][]) => {
  const form = new FormData();
  form.set('cycle', 'March');
  for (const [field, content, name] of files) form.append(field, new Blob([content], { type: 'text/csv' }), name);
  return form;
};

test('a form endpoint takes a form and nothing else', async () => {
  const taken = await json('/form', sent('cycle=March', 'application/x-www-form-urlencoded'));
  const refused = await json('/form', sent('{"cycle":"March"}', 'application/json'));

  expect(taken.body.data).toEqual({ cycle: 'March' });
  expect(refused).toMatchObject({ status: 415, body: { errorCode: 'UNSUPPORTED_MEDIA_TYPE' } });
  expect(refused.body.error.details.supported).toEqual(['application/x-www-form-urlencoded']);
});

test.each([
  ['application/json', '{ "cycle":  "March", "amount": 150.0 }'],
  ['application/x-www-form-urlencoded', 'cycle=M%61rch&b=+'],
])('a raw endpoint gets the bytes of %s as they were sent', async (type, body) => {
  const { body: answered } = await json('/raw', sent(body, type));

  expect(answered.data).toBe(createHash('sha256').update(body).digest('hex'));
});

test('an upload brings its file, with a name in any script, and the fields beside it', async () => {
  const { body } = await json('/upload', sent(formOf(['file', 'a,b\n1,2\n', 'भुगतान मार्च.csv'])));

  expect(body.data).toEqual({
    body: { cycle: 'March' },
    length: 8,
    file: { name: 'भुगतान मार्च.csv', type: 'text/csv' },
  });
});

test('an upload of a file in another field, or as JSON, is one without a file', async () => {
  const other = await json('/upload', sent(formOf(['csv', 'a', 'a.csv'])));
  const asJson = await json('/upload', sent('{"cycle":"May"}', 'application/json'));

  expect(other.body.data).toEqual({ body: { cycle: 'March' }, length: -1, file: null });
  expect(asJson.body.data).toEqual({ body: { cycle: 'May' }, length: -1, file: null });
});

test('a file is refused at its limit, while the rest of it is still under way', async () => {
  const form = formOf(['file', 'x'.repeat(1001), 'a.csv']);
  const endless = new ReadableStream({
    start(controller) {
      const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
      controller.enqueue(new TextEncoder().encode(head + 'x'.repeat(2000)));
    },
  });
  const init = { ...sent(endless, 'multipart/form-data; boundary=b'), duplex: 'half' } as RequestInit;

  for (const refused of [await json('/upload', sent(form)), await json('/upload', init)])
    expect(refused).toMatchObject({
      status: 413,
      body: { errorCode: 'FILE_TOO_LARGE', error: { details: { maxBytes: 1000 } } },
    });
  expect((await json('/upload', sent(formOf(['file', 'x'.repeat(1000), 'a.csv'])))).body.data.length).toBe(1000);
});

test.each<[string, string | FormData | ReadableStream, string | undefined]>([
  ['two files', formOf(['file', 'a', 'a.csv'], ['file', 'b', 'b.csv']), undefined],
  [
    'a truncated one',
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    'multipart/form-data; boundary=b',
  ],
  ['one without a boundary', 'abc', 'multipart/form-data'],
])('an upload of %s is refused', async (_, body, type) => {
  expect(await json('/upload', sent(body, type))).toMatchObject({
    status: 400,
    body: { errorCode: 'VALIDATION_ERROR' },
  });
});

test('who may not call is refused before the body is read', async () => {
  const { manager } = await aFleet();
  const init = sent('{ broken', 'application/json');

  expect((await json('/guarded', init)).status).toBe(401);
  expect(
    (await json('/guarded', sent('{ broken', 'application/json', { authorization: `Bearer ${manager.token}` }))).status,
  ).toBe(400);
});

const asCsv = [
  'name,amount,paid,at',
  "'=1+1,-12.5,true,",
  "'@x,3,false,-7",
  "'\tx,0,false,'+91 98",
  '"Asha, ""A""",1,true,आज',
  '',
].join('\n');

test('a CSV file has its columns, and no cell that a spreadsheet would compute', async () => {
  const answer = await ask('/csv');

  expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename=rows.csv');
  expect(await answer.text()).toBe(asCsv);
});

test('a CSV file that breaks while it is sent does not look complete', async () => {
  const answer = ask('/csv/broken').then((response) => response.text());

  await expect(answer).rejects.toThrow();
});

test('a list is a CSV file for who asks for one', async () => {
  const [file, list] = [await ask('/list', { headers: { accept: 'text/csv' } }), await json('/list')];

  expect(await file.text()).toBe(asCsv);
  expect(list.body.pagination.total).toBe(4);
});

test('a page, an address and a file leave as what they are', async () => {
  const [page, away, file] = [await ask('/page'), await ask('/away'), await ask('/file')];

  expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/html; charset=utf-8', '<p>नमस्ते</p>']);
  expect([away.status, away.headers.get('location')]).toEqual([303, 'https://pay.example/a?b=c']);
  expect([file.headers.get('content-type'), await file.text()]).toEqual(['application/pdf', '%PDF']);
});

test.each([
  ['/payments/7', '7'],
  ['/payment/7', '7'],
  ['/payment/success', 'the page'],
  ['/payment/admin/penalty/7', 'penalty 7'],
  ['/admin/penalty/7', 'penalty 7'],
  ['/partner/mmt/track', 'tracked'],
])('clients reach %s', async (path, data) => {
  expect((await json(path)).body.data).toBe(data);
});

test('a caller without a token repeats itself where that is allowed', async () => {
  madeOf = [];
  const order = (path: string, key: string, cycle: string) =>
    json(path, sent(JSON.stringify({ cycle }), 'application/json', { 'idempotency-key': key }));
  const key = crypto.randomUUID();

  const answers = [await order('/orders', key, 'a'), await order('/orders', key, 'a')];

  expect(answers[1]!.body.data).toEqual(answers[0]!.body.data);
  expect(answers[1]!.headers.get('idempotency-replayed')).toBe('true');
  expect(await order('/orders', key, 'b')).toMatchObject({
    status: 409,
    body: { errorCode: 'IDEMPOTENCY_KEY_REUSED' },
  });
  expect(madeOf).toHaveLength(1);
});
