import { z } from 'zod';
import { collectionFacts, dateOf, withOpenShift } from '../../../prisma/collections.ts';
import type { Prisma } from '../../../prisma/generated/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { invalidField, refusal } from '../../../workflows/domain/refusals.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { collectionProcess } from '../../../workflows/processes.ts';
import { writeText } from '../../command-texts.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { inPages } from '../../http/in-pages.ts';
import type { After } from '../../http/in-pages.ts';
import { AmountGiven, ById, DayIn, idOf, pageOf, Paging, skipTake, Text, Word } from '../../http/shapes.ts';
import { nudged, NudgedView } from '../../nudges.ts';
import { amountOrNone, signedAmount } from '../amounts.ts';
import { askCollection, tellCashSettled } from './collection-commands.ts';
import { detailOf } from './collection-detail.ts';
import { dayFactsOf } from './collection-rows.ts';
import {
  CollectionDetail,
  collectionStatuses,
  CollectionView,
  collectionView,
  PendingView,
  pendingView,
  withPeople,
} from './collection-views.ts';

const Scope = {
  fleetId: idOf('fleet').optional(),
  hubId: idOf('hub').optional(),
};

const Filter = z.object({
  ...Scope,
  driverId: idOf('driver').optional(),
  startDate: DayIn.optional(),
  endDate: DayIn.optional(),
  status: Word(collectionStatuses).optional(),
  ...Paging,
});

type Within = Partial<{ fleetId: string; hubId: string; driverId: string; startDate: string; endDate: string }>;

/** Days from one to another, both included. */
export const between = ({ startDate, endDate }: Within): Prisma.DailyCollectionWhereInput => ({
  date: {
    ...(startDate ? { gte: dateOf(startDate as IstDay) } : {}),
    ...(endDate ? { lte: dateOf(endDate as IstDay) } : {}),
  },
});

const within = ({ fleetId, hubId, driverId }: Within): Prisma.DailyCollectionWhereInput => ({
  ...(fleetId ? { fleetId } : {}),
  ...(hubId ? { hubId } : {}),
  ...(driverId ? { driverId } : {}),
});

const filtered = (query: z.infer<typeof Filter>, visible: Prisma.DailyCollectionWhereInput) => ({
  AND: [visible, within(query), between(query), query.status ? { status: query.status } : {}],
});

const newestFirst = [{ date: 'desc' }, { id: 'desc' }] satisfies Prisma.DailyCollectionOrderByWithRelationInput[];
const oldestFirst = [{ date: 'asc' }, { id: 'asc' }] satisfies Prisma.DailyCollectionOrderByWithRelationInput[];

/** The version that a caller saw, as `If-Match` says it; quotes may stand around it. */
const seenVersionOf = ({ header }: Base): number | null => {
  const said = header('if-match')?.trim();
  if (!said || said === '*') return null;
  const [, version] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(said) ?? [];
  if (version === undefined) throw invalidField('If-Match', 'format', 'If-Match must be the version of the collection');
  return Number(version);
};

const rowOf = ({ db }: Base, id: string) =>
  db.dailyCollection.findUniqueOrThrow({ where: { id }, include: withOpenShift });

const readDay = async ({ db }: Base, id: string) =>
  collectionView(await db.dailyCollection.findUniqueOrThrow({ where: { id } }));

const shortageModes = ['RECOVER', 'WRITE_OFF'] as const;

const Reconciliation = z.object({
  expectedRevenue: AmountGiven,
  reconciliationNotes: Text(2000).optional(),
  countedCash: AmountGiven,
  shortageMode: Word(shortageModes).default('RECOVER'),
  force: z.boolean().default(false),
});

const Reasoned = z.object({ reason: Text(500) });

/** Asks, tells the shifts, and reads the day as it is then. */
const done = async (context: Base, id: string, asked: Promise<void>) => {
  await asked;
  await tellCashSettled(context, id);
  return readDay(context, id);
};

const setAside = async (context: Base & { actor: Actor }, id: string, verb: 'dispute' | 'reopen', reason: string) => {
  const textId = await writeText(context, { remarks: reason });
  const asked = askCollection(context, await rowOf(context, id), verb, { by: context.actor, textId });
  return done(context, id, asked);
};

/** What staff does with the days of drivers. Source: collections.md. */
export const collections = [
  get('/payments/admin/reconciliations/pending', {
    allow: 'collections:manage',
    summary: 'List the days that are not reconciled, oldest first',
    query: z.object({ ...Scope, date: DayIn.optional(), ...Paging }),
    list: true,
    returns: PendingView,
    async handle({ query, db, visible }) {
      const { date } = query;
      const where: Prisma.DailyCollectionWhereInput = {
        AND: [visible.collection, within(query), date ? { date: dateOf(date as IstDay) } : {}],
        status: { in: ['OPEN', 'CLOSED', 'DISPUTED'] },
      };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.dailyCollection.count({ where }),
        db.dailyCollection.findMany({ where, orderBy: oldestFirst, include: withPeople, ...skipTake(page) }),
      ]);
      const factsOf = await dayFactsOf(db, rows);
      return { ...page, total, rows: rows.map((row) => pendingView(row, factsOf(row))) };
    },
  }),

  get('/payments/admin/collections', {
    allow: 'collections:manage',
    summary: 'List days by driver, fleet, hub, date or status, newest first',
    query: Filter,
    list: true,
    returns: CollectionView,
    async handle({ query, db, visible }) {
      const where = filtered(query, visible.collection);
      const page = pageOf(query, 200);
      const [total, rows] = await Promise.all([
        db.dailyCollection.count({ where }),
        db.dailyCollection.findMany({ where, orderBy: newestFirst, ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(collectionView) };
    },
    csv({ query, db, visible }) {
      const where = filtered(query, visible.collection);
      const read = (page: After<string>) => db.dailyCollection.findMany({ where, orderBy: newestFirst, ...page });
      return Promise.resolve({ name: 'collections.csv', rows: inPages(read, collectionView) });
    },
  }),

  get('/payments/admin/collection/:id', {
    allow: 'collections:manage',
    summary: 'Read a day with its entries, counts and journals',
    params: ById('collection'),
    returns: CollectionDetail,
    handle: ({ collection, db }) => detailOf(db, collection.id),
  }),

  post('/payments/admin/collection/:id/reconcile', {
    allow: 'collections:manage',
    summary:
      'Share a day between driver and platform, and take dues from the share; again before a payout is a correction',
    says: 'Collection reconciled',
    params: ById('collection'),
    body: Reconciliation,
    returns: CollectionView,
    refuses: [
      ...([
        'AMOUNT_INVALID',
        'NOTES_REQUIRED',
        'SHIFT_STILL_OPEN',
        'COLLECTION_LOCKED',
        'COLLECTION_DISPUTED',
      ] as const),
      ...(['VERSION_CONFLICT', 'COUNT_SETTLED', 'CASH_WITHOUT_HUB', 'CASH_WITHOUT_SHIFT', 'HUB_CASH_SHORT'] as const),
    ],
    async handle(context) {
      const { collection, body, actor } = context;
      const { expectedRevenue, countedCash, reconciliationNotes, shortageMode, force } = body;
      const command = {
        expectedPaise: amountOrNone(expectedRevenue),
        countedPaise: amountOrNone(countedCash),
        ...{ shortageMode, force, by: actor, seenVersion: seenVersionOf(context) },
        textId: await writeText(context, { remarks: reconciliationNotes }),
      };
      return done(context, collection.id, askCollection(context, collection, 'reconcile', command));
    },
  }),

  post('/payments/admin/collection/:id/cash', {
    allow: 'cash:count',
    summary: 'Count the cash of one shift at its hub',
    says: 'Cash counted',
    params: ById('collection'),
    body: z.object({ attendanceId: idOf('shift'), countedCash: AmountGiven, reference: Text(100).optional() }),
    returns: CollectionView,
    refuses: [
      ...(['AMOUNT_INVALID', 'ATTENDANCE_OF_OTHER_DAY', 'COLLECTION_LOCKED', 'COLLECTION_RECONCILED'] as const),
      ...(['COUNT_SETTLED', 'CASH_WITHOUT_HUB', 'HUB_CASH_SHORT'] as const),
    ],
    async handle(context) {
      const { collection, shift, body, actor } = context;
      const countedPaise = amountOrNone(body.countedCash);
      if (countedPaise === null) throw refusal('AMOUNT_INVALID');
      const command = { by: actor, attendanceId: shift.id, countedPaise, reference: body.reference ?? null };
      return done(context, collection.id, askCollection(context, collection, 'countCash', command));
    },
  }),

  post('/payments/admin/collection/:id/adjust', {
    allow: 'collections:manage',
    summary: 'Add to a day, or take from it, before its payout',
    says: 'Collection adjusted',
    params: ById('collection'),
    body: z.object({ amount: AmountGiven, reason: Text(500) }),
    returns: CollectionView,
    refuses: ['AMOUNT_INVALID', 'ADJUSTMENT_EXCEEDS_TOTAL', 'COLLECTION_LOCKED'],
    async handle(context) {
      const { collection, body, actor, newId } = context;
      const amountPaise = signedAmount(body.amount);
      const textId = await writeText(context, { remarks: body.reason });
      const command = { by: actor, textId, adjustmentId: newId('adjustment'), amountPaise };
      return done(context, collection.id, askCollection(context, collection, 'adjust', command));
    },
  }),

  post('/payments/admin/collection/:id/dispute', {
    allow: 'collections:manage',
    summary: 'Keep a day from being paid while it is looked into',
    says: 'Collection disputed',
    params: ById('collection'),
    body: Reasoned,
    returns: CollectionView,
    refuses: ['COLLECTION_NOT_CLOSED', 'COLLECTION_LOCKED'],
    handle: (context) => setAside(context, context.collection.id, 'dispute', context.body.reason),
  }),

  post('/payments/admin/collection/:id/reopen', {
    allow: 'collections:manage',
    summary: 'End a dispute, or take a reconciliation back before its payout',
    says: 'Collection reopened',
    params: ById('collection'),
    body: Reasoned,
    returns: CollectionView,
    refuses: ['COLLECTION_NOT_CLOSED', 'COLLECTION_LOCKED'],
    handle: (context) => setAside(context, context.collection.id, 'reopen', context.body.reason),
  }),

  post('/payments/admin/collection/:id/nudge', {
    allow: 'collections:manage',
    summary: 'Make a collection read its row again and begin anew what did not get through',
    says: 'Collection nudged',
    params: ById('collection'),
    returns: NudgedView,
    handle: (context) =>
      nudged(context, collectionProcess(collectionFacts(context.collection)), 'collection', context.collection.id),
  }),
];
