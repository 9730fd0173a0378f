import { db } from '../database.ts';
import { aDriver, aFleet } from '../factories.ts';
import { until } from '../until.ts';
import { faultsInBooks } from './books.ts';
import { beginDeposit, deliver, depositOf, signedEvent, untilHeard } from './pay-ins.ts';

type Fields = Record<string, string>;

export interface StormShape {
  /** Payments, each of which is paid once. */
  payments: number;
  /** At most so many deliveries of one event. */
  copiesMax: number;
  /** Deliveries under way at once. */
  connections: number;
  random: () => number;
}

interface Delivery {
  event: Fields;
  isTampered: boolean;
}

const drivers = 10;

/** A second wish of a driver for the same amount would be the same payment. */
const rupeesOf = (n: number): number => 100 + Math.floor(n / drivers);
const share = { tampered: 0.05, unknown: 0.01, wrongAmount: 0.01, lateFailure: 0.01 };

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

/**
 * Many payments, and of each its events in many copies, shuffled, some tampered with. What does not answer is sent again, as the
 * gateway does. What became of it: the answers, the money, and the faults of the books.
 */
export const storm = async ({ payments, copiesMax, connections, random }: StormShape) => {
  const fleet = await aFleet();
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
  const crew = await Promise.all(Array.from({ length: drivers }, () => aDriver(fleet)));
  const begun: { id: string; txnid: string; amount: string }[] = [];
  await inLanes(
    Array.from({ length: payments }, (_, n) => n),
    drivers,
    async (n) => {
      const driver = crew[n % drivers]!;
      const { transactionId: id, txnId: txnid } = await beginDeposit(driver, rupeesOf(n));
      begun.push({ id, txnid, amount: `${rupeesOf(n)}.00` });
    },
  );

  const events = begun.flatMap((payment) => eventsOf(payment, random));
  const copies = events.flatMap((event) =>
    Array.from({ length: 1 + Math.floor(random() * copiesMax) }, (): Delivery => {
      const isTampered = random() < share.tampered;
      return { event: isTampered ? spoilt(event) : event, isTampered };
    }),
  );
  // Of every event one copy at least is as the gateway sent it.
  const deliveries = shuffled([...copies, ...events.map((event): Delivery => ({ event, isTampered: false }))], random);
  const answers = { accepted: 0, refused: 0, tamperedAccepted: 0, othersRefused: 0, serverErrors: 0 };
  const startedMs = performance.now();
  await inLanes(deliveries, connections, async ({ event, isTampered }) => {
    const { status } = await until(
      async () => {
        const answer = await deliver(event).catch(() => ({ status: 0 }));
        if (answer.status >= 500 && answer.status !== 503) answers.serverErrors += 1;
        return answer.status !== 0 && answer.status < 500 && answer;
      },
      'an answer',
      60_000,
    );
    if (status === 200) answers.accepted += 1;
    else answers.refused += 1;
    if (isTampered && status === 200) answers.tamperedAccepted += 1;
    if (!isTampered && status !== 200) answers.othersRefused += 1;
  });
  const perSecond = deliveries.length / ((performance.now() - startedMs) / 1_000);

  const ids = begun.map(({ id }) => id);
  await until(
    async () => (await db.transaction.count({ where: { id: { in: ids }, status: 'SUCCESS' } })) === payments,
    'all payments to be paid',
    180_000,
  );
  await untilHeard(...ids);
  const deposits = await Promise.all(crew.map(({ id }) => depositOf(id)));
  const mismatches = events.filter((event) => event['amount'] === '1.50').length;
  const booked = await db.gatewayEvent.groupBy({
    ...{ by: ['journalType'], where: { subjectId: { in: ids }, movesMoney: true }, _count: true },
  });
  return {
    deliveries: deliveries.length,
    perSecond: Math.round(perSecond),
    ...answers,
    deposits: deposits.reduce((sum, deposit) => sum + deposit, 0),
    expectedDeposits: begun.reduce((sum, { amount }) => sum + Number(amount) * 100, 0),
    booked: Object.fromEntries(booked.map(({ journalType, _count }) => [journalType, _count])),
    expectedBooked: { deposit_paid: payments, ...(mismatches > 0 ? { amount_mismatch: mismatches } : {}) },
    faults: await faultsInBooks(...crew.map(({ id }) => id)),
  };
};
