import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { istDay } from '../../../workflows/domain/time.ts';
import { asked, clientOf, gateway, live } from './easebuzz-client.ts';

const paid = async () => {
  const { paymentUrl, txnid } = await live();
  await gateway.scenario({ match: txnid, call: 'webhook', copies: 0 });
  await gateway.click(paymentUrl, 'success');
  const state = await clientOf().status(txnid);
  if (state.kind !== 'found') throw new Error(JSON.stringify(state));
  return state;
};

test('a refund is begun once, asked for by its own number, and never more than was paid', async () => {
  const { easepayid } = await paid();
  const refundId = `DKF${randomBytes(6).toString('hex')}`;

  const begun = await clientOf().refund(refundId, easepayid, 100_000);
  expect(begun).toEqual({ kind: 'accepted', gatewayRefundId: expect.stringMatching(/^R/) });
  expect(await clientOf().refund(refundId, easepayid, 100_000)).toEqual({ kind: 'duplicate' });
  expect(await clientOf().refund(`${refundId}x`, easepayid, 25_051)).toMatchObject({ kind: 'refused' });
  expect(await clientOf().refundStatus(refundId, easepayid)).toMatchObject({
    ...{ kind: 'found', refundId, amountPaise: 100_000, word: 'accepted' },
  });
  expect(await clientOf().refundStatus('DKFNEVER', easepayid)).toEqual({ kind: 'notFound' });
});

test('a refund whose answer was lost is not sent again by itself', async () => {
  const { easepayid } = await paid();
  const refundId = `DKF${randomBytes(6).toString('hex')}`;
  await gateway.scenario({ match: refundId, call: 'refund', answer: 'lose' });

  expect(await clientOf().refund(refundId, easepayid, 100)).toMatchObject({ kind: 'unknown' });
  expect(await asked(refundId)).toBe(1);
  expect(await clientOf().refundStatus(refundId, easepayid)).toMatchObject({ kind: 'found', amountPaise: 100 });
});

test('a settlement names its payments, and what each of them cost', async () => {
  const { txnid, easepayid } = await paid();
  await gateway.settle();
  const today = istDay(Date.now());
  const settled = await clientOf().settlements(today, today);

  if (settled.kind !== 'listed') throw new Error(JSON.stringify(settled));
  const row = settled.rows.find(({ payments }) => payments.some((payment) => payment.txnid === txnid))!;
  expect(row).toMatchObject({ product: 'PAY_IN', credits: [] });
  expect(row.payments).toContainEqual({ txnid, easepayid, grossPaise: 125_050, feePaise: 2_501, taxPaise: 450 });
  const sum = row.payments.reduce(
    (net, { grossPaise, feePaise, taxPaise }) => net + grossPaise - feePaise - taxPaise,
    0,
  );
  expect(row.netPaise).toBe(sum);
});
