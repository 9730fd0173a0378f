import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exotel } from '../../../activities/partners/sms.ts';

let status = 200;
const received: { url: string | undefined; authorization: string | undefined; form: URLSearchParams }[] = [];

/** A partner that answers as it is told, where the simulator has no switch for it. */
const partner = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { url, headers } = request;
    received.push({ url, authorization: headers.authorization, form: new URLSearchParams(body) });
    response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {});
    response.end(JSON.stringify({ SMSMessage: { Status: 'queued' } }));
  });
});

let config: Parameters<typeof exotel>[0];
beforeAll(async () => {
  await new Promise<void>((resolve) => partner.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(partner.address() as AddressInfo).port}//`;
  config = { baseUrl, accountSid: 'klub', apiKey: 'key', apiToken: 'token', senderId: 'DRVKLB', endpoint: 'send' };
});
afterAll(() => void partner.close());

test.each([
  [200, 'SENT'],
  [302, 'UNREACHABLE'],
  [400, 'REFUSED'],
  [401, 'REFUSED'],
  [408, 'UNREACHABLE'],
  [429, 'UNREACHABLE'],
  [500, 'UNREACHABLE'],
  [503, 'UNREACHABLE'],
])('a partner that answers %i makes a delivery that is %s', async (answered, delivery) => {
  status = answered;

  expect(await exotel(config)('9876543210', 'Hello')).toBe(delivery);
});

test('a partner that is not there makes a delivery that may be tried again', async () => {
  expect(await exotel({ ...config, baseUrl: '127.0.0.1:1' })('9876543210', 'Hello')).toBe('UNREACHABLE');
});

test('the partner is told everything that the regulator wants, and what is not known is left out', async () => {
  status = 200;

  const wanted = { dltEntityId: '11', dltTemplateId: '22', smsType: 'transactional', priority: 'high' };
  await exotel({ ...config, ...wanted })('9876543210', 'Hello');
  const full = received.at(-1)!;
  await exotel(config)('9876543210', 'Hello');

  expect(full).toMatchObject({
    url: '/v1/Accounts/klub/Sms/send',
    authorization: `Basic ${Buffer.from('key:token').toString('base64')}`,
  });
  expect(Object.fromEntries(full.form)).toEqual({
    ...{ From: 'DRVKLB', To: '+919876543210', Body: 'Hello', DltEntityId: '11', DltTemplateId: '22' },
    ...{ SmsType: 'transactional', Priority: 'high' },
  });
  expect([...received.at(-1)!.form.keys()]).toEqual(['From', 'To', 'Body']);
});
