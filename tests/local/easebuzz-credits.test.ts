import { expect, test } from '@jest/globals';
import type { IstDay } from '../../workflows/domain/time.ts';
import {
  account,
  client,
  credits,
  eventsOf,
  gateway,
  hear,
  received,
  refuse,
} from '../activities/partners/insta-collect-merchant.ts';

test.each([
  ['150', '150.0'],
  ['150.00', '150.0'],
  ['150.50', '150.5'],
  ['312.55', '312.55'],
])('a credit of %s is told as %s, signed over that text, and listed', async (amount, literal) => {
  const { gatewayId, upiId } = await account();
  const fees = { serviceCharge: '1.50', gst: 0.27 };
  const { id, utr } = await gateway.credit({ account: upiId, amount, mode: 'IMPS', ...fees });

  expect(await hear(id, 1)).toMatchObject([
    {
      ...{ kind: 'credit', amountLiteral: literal },
      fields: {
        ...{ id, status: 'received', unique_transaction_reference: utr, payment_mode: 'IMPS' },
        ...{ service_charge: '1.5', gst_amount: '0.27', service_charge_with_gst: '1.77' },
        ...{ 'virtual_account.id': gatewayId, 'virtual_account.virtual_upi_handle': upiId },
      },
    },
  ]);
  expect(await credits()).toContainEqual({
    ...{ creditId: id, utr, amountPaise: Math.round(Number(amount) * 100), feePaise: 150, taxPaise: 27 },
    ...{ word: 'received', mode: 'IMPS', accountGatewayId: gatewayId, occurredAt: expect.any(String) },
  });
});

test('an id and a UTR above 2^53 keep every digit in event and list', async () => {
  const { gatewayId } = await account();
  const wanted = { id: '9007199254740993', utr: '90071992547409931234' };
  await gateway.credit({ account: gatewayId, amount: 1, ...wanted });

  expect(received.at(-1)?.bytes.toString() ?? '').not.toContain('9007199254740992');
  const [event] = await hear(wanted.id, 1);
  expect(event).toMatchObject({ fields: { id: wanted.id, unique_transaction_reference: wanted.utr } });
  expect(received.find(({ bytes }) => bytes.includes(wanted.id))!.bytes.toString()).toContain(`"id":${wanted.id}`);
  expect(await credits()).toContainEqual(expect.objectContaining({ creditId: wanted.id, utr: wanted.utr }));
});

test('the same id with another word is news of the same credit', async () => {
  const { gatewayId } = await account();
  const { id } = await gateway.credit({ account: gatewayId, amount: 20, status: 'pending' });
  await hear(id, 1);
  await gateway.credit({ id, status: 'received', serviceCharge: 2 });
  const events = await hear(id, 2);

  expect(events.map((event) => 'fields' in event && event.fields['status'])).toEqual(['pending', 'received']);
  expect((await credits()).filter(({ creditId }) => creditId === id)).toMatchObject([
    { word: 'received', amountPaise: 2_000, feePaise: 200 },
  ]);
});

test('a credit happened when it is said to have, and its day is the Indian one', async () => {
  const { gatewayId } = await account();
  const { id } = await gateway.credit({ account: gatewayId, amount: 5, at: '2026-01-31T18:30:00.125Z' });

  expect(await credits('2026-02-01' as IstDay)).toMatchObject([
    { creditId: id, occurredAt: '2026-01-31T18:30:00.125Z' },
  ]);
  expect(await credits('2026-01-31' as IstDay)).toEqual([]);
});

test('a day of more than a hundred credits is read to its end', async () => {
  const { gatewayId } = await account();
  const at = '2026-03-05T06:00:00.000Z';
  await gateway.scenario({ match: gatewayId, call: 'webhook', copies: 0, times: 205 });
  for (let index = 0; index < 205; index++)
    await gateway.credit({ account: gatewayId, amount: 1, id: `P${index}`, at });

  const read = await credits('2026-03-05' as IstDay);
  expect(read.map(({ creditId }) => creditId)).toEqual(Array.from({ length: 205 }, (_, index) => `P${index}`));
});

test('money that is sent to an account that is switched off arrives all the same', async () => {
  const { gatewayId } = await account();
  await client().switchAccount(gatewayId, false);
  const { id } = await gateway.credit({ account: gatewayId, amount: 7 });

  expect(await hear(id, 1)).toMatchObject([{ kind: 'credit', amountLiteral: '7.0' }]);
});

test('a withdrawn credit is told, and neither list nor settlement knows it', async () => {
  const { gatewayId } = await account();
  const { id } = await gateway.credit({ account: gatewayId, amount: 9, withdraw: true });

  expect(await hear(id, 1)).toMatchObject([{ kind: 'credit' }]);
  expect((await credits()).map(({ creditId }) => creditId)).not.toContain(id);
});

test('the older dialect is signed its own way', async () => {
  const { gatewayId } = await account('DKVEH <b>');
  const { id, utr } = await gateway.credit({ account: gatewayId, amount: 312.5, dialect: 'legacy' });

  expect(await hear(id, 1)).toMatchObject([
    {
      ...{ kind: 'flatCredit', amountLiteral: '312.50' },
      fields: { virtual_account_id: gatewayId, txn_id: id, utr, payment_mode: 'UPI', udf2: 'VEHICLE' },
    },
  ]);
});

test('events come in copies, late, wrongly signed, with another amount or word, or not at all, as a scenario says', async () => {
  const { gatewayId, accountNumber } = await account();
  const scenarios = [{ copies: 3 }, { badHash: true }, { amount: '1.5' }, { word: 'failure' }, { delayMs: 2_000 }];
  const heard: unknown[] = [];
  for (const scenario of scenarios) {
    await gateway.scenario({ match: accountNumber, call: 'webhook', times: 1, ...scenario });
    const { id } = await gateway.credit({ account: gatewayId, amount: 4 });
    if ('delayMs' in scenario) expect(eventsOf(id)).toEqual([]);
    heard.push(await hear(id, 'copies' in scenario ? 3 : 1));
  }

  expect(heard).toMatchObject([
    [{ kind: 'credit' }, { kind: 'credit' }, { kind: 'credit' }],
    [{ fault: 'INVALID_SIGNATURE' }],
    [{ kind: 'credit', amountLiteral: '1.5' }],
    [{ kind: 'credit', fields: { status: 'failure' } }],
    [{ kind: 'credit', amountLiteral: '4.0' }],
  ]);
  await gateway.scenario({ match: accountNumber, call: 'webhook', times: 1, copies: 0 });
  const lost = await gateway.credit({ account: gatewayId, amount: 4 });
  const told = await gateway.credit({ account: gatewayId, amount: 4 });
  await hear(told.id, 1);
  expect(eventsOf(lost.id)).toEqual([]);
  expect((await credits()).map(({ creditId }) => creditId)).toContain(lost.id);
});

test('an event that is not taken comes again', async () => {
  const { gatewayId } = await account();
  refuse(2);
  const { id } = await gateway.credit({ account: gatewayId, amount: 3 });

  expect(await hear(id, 3)).toHaveLength(3);
  expect((await gateway.sent(id, 3)).map(({ detail }) => detail)).toMatchObject([
    { attempt: 1, status: 503 },
    { attempt: 2, status: 503 },
    { attempt: 3, status: 200 },
  ]);
});
