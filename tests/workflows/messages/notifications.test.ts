import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { firstDelivery } from '../../../workflows/messages/notifications.ts';
import type { RecordDelivery } from '../../../activities/messages/notifications.ts';
import { notificationProcess, otpProcess } from '../../../workflows/processes.ts';
import { temporal } from '../../world/temporal.ts';
import { eventsOf, onTemporal, statusOf } from '../on-temporal.ts';

type Delivery = RecordDelivery['delivery'];
type Answer = Delivery | 'THROWS';

/** What the partner will say of each attempt, per notification; after the last word it says SENT. */
const script = new Map<string, Answer[]>();
const sent: string[] = [];
const recorded: RecordDelivery[] = [];
const forgotten: string[] = [];

const partner = (id: string): Promise<Delivery> => {
  sent.push(id);
  const answer = script.get(id)?.shift() ?? 'SENT';
  return answer === 'THROWS' ? Promise.reject(new Error('The worker died.')) : Promise.resolve(answer);
};

const { begin, beginWith } = onTemporal({
  sendPassengerSms: partner,
  sendOtpSms: partner,
  recordDelivery: (delivery: RecordDelivery) => Promise.resolve(recorded.push(delivery)),
  forgetCode: (id: string) => Promise.resolve(forgotten.push(id)),
});

const aMessage = (...answers: Answer[]) => {
  const id = randomUUID();
  script.set(id, answers);
  return id;
};

const attemptsOf = (id: string) => sent.filter((other) => other === id).length;

const recordOf = (id: string) =>
  recorded
    .filter(({ notificationId }) => notificationId === id)
    .map(({ attempt, delivery, final }) => `${attempt} ${delivery}${final ? ', final' : ''}`);

test('a message that is delivered at once leaves one recorded attempt', async () => {
  const id = aMessage('SENT');

  const delivery = await (await begin(notificationProcess(id))).result();

  expect(delivery).toBe('SENT');
  expect(recordOf(id)).toEqual(['1 SENT, final']);
});

test('a message that does not get through is tried again after two seconds', async () => {
  const id = aMessage('UNREACHABLE', 'SENT');

  const process = await begin(notificationProcess(id));
  const delivery = await process.result();

  const [timer] = (await eventsOf(process)).flatMap((event) => event.timerStartedEventAttributes ?? []);
  expect(Number(timer?.startToFireTimeout?.seconds)).toBe(2);
  expect(delivery).toBe('SENT');
  expect(recordOf(id)).toEqual(['1 UNREACHABLE', '2 SENT, final']);
});

test('an attempt whose worker died counts as not delivered and is tried again', async () => {
  const id = aMessage('THROWS', 'SENT');

  await (await begin(notificationProcess(id))).result();

  expect(recordOf(id)).toEqual(['1 UNREACHABLE', '2 SENT, final']);
});

test('a number that the partner refuses is not tried again', async () => {
  const id = aMessage('REFUSED');

  const delivery = await (await begin(notificationProcess(id))).result();

  expect(delivery).toBe('REFUSED');
  expect(attemptsOf(id)).toBe(1);
  expect(recordOf(id)).toEqual(['1 REFUSED, final']);
});

test('whoever asks for a login code is told what became of its first attempt, and the code is forgotten', async () => {
  const id = aMessage('SENT');

  const first = await beginWith(otpProcess(id), firstDelivery);
  await temporal.workflow.getHandle(otpProcess(id).workflowId).result();

  expect(first).toBe('SENT');
  expect(forgotten).toContain(id);
});

test('a login code that did not get through is reported at once, sent once more behind the answer, then forgotten', async () => {
  const id = aMessage('UNREACHABLE', 'UNREACHABLE');
  const process = temporal.workflow.getHandle(otpProcess(id).workflowId);

  const first = await beginWith(otpProcess(id), firstDelivery);
  const afterAnswer = { status: await statusOf(process), attempts: attemptsOf(id), known: !forgotten.includes(id) };
  const last = await process.result();

  expect(first).toBe('UNREACHABLE');
  expect(afterAnswer).toEqual({ status: 'RUNNING', attempts: 1, known: true });
  expect(last).toBe('UNREACHABLE');
  expect(attemptsOf(id)).toBe(2);
  expect(forgotten).toContain(id);
});

test('a refused login code is not sent again, but forgotten', async () => {
  const id = aMessage('REFUSED');

  const first = await beginWith(otpProcess(id), firstDelivery);
  await temporal.workflow.getHandle(otpProcess(id).workflowId).result();

  expect(first).toBe('REFUSED');
  expect(attemptsOf(id)).toBe(1);
  expect(forgotten).toContain(id);
});
