import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RecordDelivery } from '../../../activities/messages/notifications.ts';
import { notificationProcess } from '../../../workflows/processes.ts';
import { eventsOf, onTemporal } from '../on-temporal.ts';

type Delivery = RecordDelivery['delivery'];
type Answer = Delivery | 'THROWS';

/** What the partner will say of each attempt, per notification; after the last word it says SENT. */
const script = new Map<string, Answer[]>();
const sent: string[] = [];
const recorded: RecordDelivery[] = [];

const partner = (id: string): Promise<Delivery> => {
  sent.push(id);
  const answer = script.get(id)?.shift() ?? 'SENT';
  return answer === 'THROWS' ? Promise.reject(new Error('The worker died.')) : Promise.resolve(answer);
};

const { begin } = onTemporal({
  sendPassengerSms: partner,
  recordDelivery: (delivery: RecordDelivery) => Promise.resolve(recorded.push(delivery)),
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
