import { setTimeout as pause } from 'node:timers/promises';
import { db } from '../database.ts';
import { aDriver, aFleet } from '../factories.ts';
import { kill, untilUp } from '../parts.ts';
import { until } from '../until.ts';
import { world } from '../world.ts';
import type { Part } from '../world.ts';
import { faultsInBooks } from './books.ts';
import { gatewayAt } from './gateway.ts';
import { beginDeposit, comeBack, deliver, depositOf, signedEvent, untilHeard } from './pay-ins.ts';

type Fields = Record<string, string>;

export interface StormShape {
  /** Payments, each of which is paid once. */
  payments: number;
  /** At most so many deliveries of one event. */
  copiesMax: number;
  /** Deliveries under way at once. */
  connections: number;
  random: () => number;
  /** What is killed in turn while it lasts; without it, nothing. */
  victims?: readonly Part[];
}

interface Payment {
  id: string;
  txnid: string;
  amount: string;
  paymentUrl: string;
}

interface Delivery {
  event: Fields;
  isTampered: boolean;
}

const drivers = 10;
const killEveryMs = 6_000;

/** A second wish of a driver for the same amount would be the same payment. */
const rupeesOf = (n: number): number => 100 + Math.floor(n / drivers);
const share = { tampered: 0.05, unknown: 0.01, wrongAmount: 0.01, lateFailure: 0.01, visited: 0.1 };

const spoilt = (event: Fields): Fields => ({ ...event, amount: '149999.00' });

/** Everything that is said of one payment: the success, and with some luck a failure, another amount, or another number. */
const eventsOf = ({ txnid, amount }: { txnid: string; amount: string }, random: () => number): Fields[] => [
  signedEvent({ txnid, amount }),
  ...(random() < share.lateFailure ? [signedEvent({ txnid, amount, status: 'failure' })] : []),
  ...(random() < share.wrongAmount ? [signedEvent({ txnid, amount: '1.50' })] : []),
  ...(random() < share.unknown ? [signedEvent({ txnid: `${txnid}X`, amount })] : []),
];

const shuffled = <T>(items: T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);

/** Runs work for each item, so many at once. */
const inLanes = async <T>(items: T[], lanes: number, work: (item: T) => Promise<unknown>): Promise<void> => {
  const left = [...items];
  const lane = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

const begin = async (crew: Awaited<ReturnType<typeof aDriver>>[], payments: number): Promise<Payment[]> => {
  const begun: Payment[] = [];
  const numbers = Array.from({ length: payments }, (_, n) => n);
  await inLanes(numbers, drivers, async (n) => {
    // Asked once more, the same wish is the same payment.
    const wish = () => beginDeposit(crew[n % drivers]!, rupeesOf(n)).catch(() => null);
    const { transactionId: id, txnId: txnid, paymentUrl } = await until(wish, 'the checkout page', 60_000);
    begun.push({ id, txnid, paymentUrl, amount: `${rupeesOf(n)}.00` });
  });
  return begun;
};

/** Every event in 1 to `copiesMax` copies, one of them as the gateway sent it. */
const copiesOf = (events: Fields[], { copiesMax, random }: StormShape): Delivery[] =>
  events.flatMap((event) => [
    { event, isTampered: false },
    ...Array.from({ length: Math.floor(random() * copiesMax) }, () => {
      const isTampered = random() < share.tampered;
      return { event: isTampered ? spoilt(event) : event, isTampered };
    }),
  ]);

/** The payer pays on the page of the gateway and comes back, so that the gateway tells by itself and is asked as well. */
const visit = async ({ txnid, amount, paymentUrl }: Payment): Promise<void> => {
  await gatewayAt(world.gateway).click(paymentUrl, 'close');
  await comeBack(signedEvent({ txnid, amount })).catch(() => undefined); // The API may be away.
};

/** Does the work while one part after the other is killed; how many were. Afterwards all are up. */
const amidKills = async (victims: readonly Part[], work: Promise<void>): Promise<number> => {
  let isOver = victims.length === 0;
  const over = work.finally(() => (isOver = true));
  let kills = 0;
  for (; !isOver; kills += 1) {
    await kill(victims[kills % victims.length]!);
    await Promise.race([over, pause(killEveryMs)]);
  }
  await over;
  await untilUp();
  return kills;
};

/**
 * Many payments, and of each its events in many copies, shuffled, some tampered with. What is not answered is sent again, as the
 * gateway does. What became of it: the answers, the effects beside those of each event delivered once, and the faults of the books.
 */
export const storm = async (shape: StormShape) => {
  const { payments, connections, random, victims = [] } = shape;
  const fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
  const crew = await Promise.all(Array.from({ length: drivers }, () => aDriver(fleet)));
  const begun = await begin(crew, payments);
  const events = begun.flatMap((payment) => eventsOf(payment, random));
  const deliveries = copiesOf(events, shape);

  const answers = { accepted: 0, refused: 0, tamperedAccepted: 0, othersRefused: 0, serverErrors: 0, unanswered: 0 };
  const send = async ({ event, isTampered }: Delivery): Promise<void> => {
    const { status } = await until(
      async () => {
        const answer = await deliver(event).catch(() => ({ status: 0 }));
        const isUnanswered = answer.status === 0 || answer.status === 503;
        if (isUnanswered) answers.unanswered += 1;
        else if (answer.status >= 500) answers.serverErrors += 1;
        return !isUnanswered && answer.status < 500 && answer;
      },
      'an answer',
      60_000,
    );
    if (status === 200) answers.accepted += 1;
    else answers.refused += 1;
    if (isTampered && status === 200) answers.tamperedAccepted += 1;
    if (!isTampered && status !== 200) answers.othersRefused += 1;
  };
  const visits = begun.filter(() => random() < share.visited).map((payment) => () => visit(payment));
  const steps = shuffled([...deliveries.map((delivery) => () => send(delivery)), ...visits], random);
  const startedMs = performance.now();
  const kills = await amidKills(
    victims,
    inLanes(steps, connections, (step) => step()),
  );
  const perSecond = deliveries.length / ((performance.now() - startedMs) / 1_000);

  const ids = begun.map(({ id }) => id);
  await until(
    async () => (await db.transaction.count({ where: { id: { in: ids }, status: 'SUCCESS' } })) === payments,
    'all payments to be paid',
    180_000,
  );
  // What was stored in the moment of a kill is heard when the schedule finds it.
  const isHeard = () =>
    untilHeard(...ids).then(
      () => true,
      () => false,
    );
  await until(isHeard, 'all events to be heard', 180_000);
  const mismatches = events.filter((event) => event['amount'] === '1.50').length;
  return {
    ...{ deliveries: deliveries.length, visits: visits.length, kills, perSecond: Math.round(perSecond), ...answers },
    effects: {
      stored: await storedOf(events),
      booked: await bookedOf(ids),
      deposits: (await Promise.all(crew.map(({ id }) => depositOf(id)))).reduce((sum, deposit) => sum + deposit, 0),
    },
    expected: {
      stored: events.length,
      booked: { deposit_paid: payments, ...(mismatches > 0 ? { amount_mismatch: mismatches } : {}) },
      deposits: begun.reduce((sum, { amount }) => sum + Number(amount) * 100, 0),
    },
    faults: await faultsInBooks(...crew.map(({ id }) => id)),
  };
};

/** How many of these events are stored; what the gateway tells by itself has another id. */
const storedOf = async (events: Fields[]): Promise<number> => {
  const txnids = [...new Set(events.map(({ txnid }) => txnid))];
  const [row] = await db.$queryRaw<{ stored: number }[]>`
    SELECT count(*)::int AS stored FROM gateway_event
    WHERE fields ->> 'txnid' = ANY(${txnids}) AND fields ->> 'easepayid' = 'E1' AND source = 'PG'`;
  return row!.stored;
};

/** How many events of these payments moved money, by the journal that moved it. */
const bookedOf = async (ids: string[]): Promise<Record<string, number>> => {
  const booked = await db.gatewayEvent.groupBy({
    ...{ by: ['journalType'], where: { subjectId: { in: ids }, movesMoney: true }, _count: true },
  });
  return Object.fromEntries(booked.map(({ journalType, _count }) => [journalType, _count]));
};
