import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { transferOutcome } from '../../../workflows/domain/money/gateway-words.ts';
import { clientOf, counted, gateway, listed, number, taken, toUpi, turned, wanted } from './transfers-client.ts';

const usual = 100_000_000;
afterEach(() => gateway.wallet(usual));

/** Taken, and left alone. */
const held = async (transfer = wanted()) => {
  await gateway.scenario({ match: transfer.number, call: 'transfer', becomes: 'accepted' });
  return taken(transfer);
};

test('a number that nobody has sent is found by neither form of the address', async () => {
  const never = number();

  expect(await clientOf().transferState(never)).toEqual({ kind: 'notFound' });
  expect(await counted('asked', never)).toBe(2);
});

test('a transfer is found by the path, and by the query where the gateway has no such path', async () => {
  const transfer = await held();
  expect(await clientOf().transferState(transfer.number)).toEqual({ kind: 'found', transfer });
  expect(await counted('asked', transfer.number)).toBe(2);

  for (const answer of ['garbage', 'empty', 'refuse'] as const) {
    const before = await counted('asked', transfer.number);
    await gateway.scenario({ match: transfer.number, call: 'transferState', answer, status: 404, times: 1 });
    expect(await clientOf().transferState(transfer.number)).toEqual({ kind: 'found', transfer });
    expect(await counted('asked', transfer.number)).toBe(before + 2);
  }
});

test('a gateway that has neither path is not taken for one that knows nothing', async () => {
  const { number: known } = await held();
  await gateway.scenario({ match: known, call: 'transferState', answer: 'garbage', status: 404 });

  expect(await clientOf().transferState(known)).toMatchObject({ kind: 'unknown' });
});

test('a state is asked for again until it is answered, and unknown when it never is', async () => {
  const { number: known } = await held();
  for (const answer of ['error', 'garbage', 'empty', 'lose'] as const) {
    await gateway.scenario({ match: known, call: 'transferState', answer, times: 3 });
    expect(await clientOf().transferState(known)).toMatchObject({ kind: 'found' });
    await gateway.scenario({ match: known, call: 'transferState', answer, times: 4 });
    expect(await clientOf().transferState(known)).toMatchObject({ kind: 'unknown' });
  }
});

test('a state that is refused is unknown', async () => {
  const { number: known } = await held();
  await gateway.scenario({ match: known, call: 'transferState', answer: 'refuse' });

  expect(await clientOf().transferState(known)).toEqual({
    ...{ kind: 'unknown', reason: 'Parameter validation failed' },
  });
});

test('a transfer fails, and its money is in the wallet again', async () => {
  await gateway.wallet(5_000);
  const { number: failing } = await held();
  expect(await clientOf().walletBalance()).toEqual({ kind: 'found', balancePaise: 500_000 - 231_075 });
  await gateway.transfer({ number: failing, word: 'failure', failureReason: 'Account 007700112233 is closed' });

  expect(await turned(failing, 'failure')).toMatchObject({ utr: '', failureReason: 'Account … is closed' });
  expect(await clientOf().walletBalance()).toEqual({ kind: 'found', balancePaise: 500_000 });
  expect(await counted('paid', failing)).toBe(0);
  expect(await listed(failing)).toMatchObject([{ word: 'failure', paidAt: null }]);
});

test('a transfer that was paid is reversed later: the bank has paid it once, and the money is back', async () => {
  await gateway.wallet(5_000);
  const { number: paid } = await taken();
  const { utr } = await turned(paid, 'success');
  expect(utr).toMatch(/^\d{12}$/);
  await gateway.transfer({ number: paid, word: 'reversed' });

  expect(await turned(paid, 'reversed')).toMatchObject({ utr });
  expect(await clientOf().walletBalance()).toEqual({ kind: 'found', balancePaise: 500_000 });
  expect(await counted('paid', paid)).toBe(1);
  expect(await clientOf().transfer(wanted({ number: paid }))).toEqual({ kind: 'duplicate' });
});

test('a word that is in no table is told as it is, and means no more than that it was taken', async () => {
  const { number: known } = await held();
  await gateway.transfer({ number: known, word: 'under_review' });
  const { word } = await turned(known, 'under_review');

  expect(transferOutcome(word)).toEqual({ status: 'ACCEPTED', isKnown: false });
  expect(await counted('paid', known)).toBe(0);
});

test('success may come without a UTR, and with fee and tax', async () => {
  const { number: known } = await held();
  await gateway.transfer({ number: known, word: 'success', utr: '', serviceCharge: '2.50', gst: 0.45 });
  expect(await turned(known, 'success')).toMatchObject({ utr: '', feePaise: 250, taxPaise: 45 });
  await gateway.transfer({ number: known, word: 'success', utr: '90071992547409931234' });

  expect(await clientOf().transferState(known)).toMatchObject({ transfer: { utr: '90071992547409931234' } });
  expect(await counted('paid', known)).toBe(1);
});

test('a transfer above the balance is queued, and paid once there is money, oldest first', async () => {
  await gateway.wallet(2_500);
  const [first, second] = [wanted(), wanted()];
  expect(await taken(first)).toMatchObject({ word: 'accepted', queuedOnLowBalance: false });
  expect(await taken(second)).toMatchObject({ word: 'queued', queuedOnLowBalance: true });
  const third = await taken(wanted());
  await turned(first.number, 'success');
  expect(await clientOf().transferState(second.number)).toMatchObject({ transfer: { queuedOnLowBalance: true } });
  expect(await counted('paid', second.number)).toBe(0);

  await gateway.wallet(2_310.75);
  expect(await turned(second.number, 'success')).toMatchObject({ queuedOnLowBalance: false });
  expect(await clientOf().walletBalance()).toEqual({ kind: 'found', balancePaise: 0 });
  expect(await listed(third.number)).toMatchObject([{ word: 'queued', paidAt: null }]);
});

test('a scenario says what a transfer becomes, when, and what its answer says instead', async () => {
  const transfer = toUpi();
  const { number: match } = transfer;
  await gateway.scenario({ match, call: 'transfer', becomes: 'rejected', becomesAfterMs: 2_000, word: 'in_process' });
  await gateway.scenario({ match, call: 'transferState', amount: '1.5', times: 1 });

  expect(await clientOf().transfer(transfer)).toMatchObject({ transfer: { word: 'in_process' } });
  expect(await clientOf().transferState(match)).toMatchObject({ transfer: { word: 'accepted', amountPaise: 150 } });
  expect(await turned(match, 'rejected')).toMatchObject({ failureReason: 'Beneficiary account is closed' });
  expect(await listed(match)).toMatchObject([{ paidAt: null }]);
});

test('the state that somebody gives meanwhile stays', async () => {
  const transfer = wanted();
  await gateway.scenario({ match: transfer.number, call: 'transfer', becomesAfterMs: 1_000 });
  await taken(transfer);
  await gateway.transfer({ number: transfer.number, word: 'failure' });
  const later = await taken();
  await turned(later.number, 'success');
  await sleep(1_100);

  expect(await listed(transfer.number)).toMatchObject([{ word: 'failure', paidAt: null }]);
});

test('the balance of the wallet is read, and unknown where it is not told', async () => {
  await gateway.wallet(1_234.5);
  expect(await clientOf().walletBalance()).toEqual({ kind: 'found', balancePaise: 123_450 });

  await gateway.scenario({ call: 'wallet', answer: 'error', times: 4 });
  expect(await clientOf().walletBalance()).toEqual({ kind: 'unknown', reason: 'HTTP 502' });
  await gateway.scenario({ call: 'wallet', amount: 'much', times: 1 });
  expect(await clientOf().walletBalance()).toMatchObject({ kind: 'unknown' });
  expect(await clientOf({ walletAccount: 'VANEVER' }).walletBalance()).toEqual({
    ...{ kind: 'unknown', reason: 'HTTP 200: Virtual account not found' },
  });
  expect(await clientOf({ walletAccount: '' }).walletBalance()).toEqual({
    ...{ kind: 'unknown', reason: 'no wallet is configured' },
  });
});
