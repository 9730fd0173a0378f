import type { Db } from '../../../prisma/client.ts';
import { dayFactsOf } from './collection-rows.ts';
import { collectionDetail, withEntries } from './collection-views.ts';
import type { WithEntries } from './collection-views.ts';

const journalsMax = 1_000;

/** The journals of a day, and those that take them back. */
const journalsOf = async (db: Db, { id, reconciliations, cash }: WithEntries) => {
  const keys = Array.from({ length: reconciliations }, (_, n) => `${id}:${n + 1}`);
  const counts = cash.flatMap(({ attendanceId, counts: count }) =>
    Array.from({ length: count }, (_, n) => `${attendanceId}:${n + 1}`),
  );
  const select = { id: true, eventType: true, eventKey: true, reversesId: true, postedAt: true } as const;
  const made = await db.ledgerJournal.findMany({
    where: {
      OR: [
        { entries: { some: { account: { code: 2030, ownerId: id } } } },
        { eventType: { in: ['dues_netted', 'shortage_written_off'] }, eventKey: { in: keys } },
        { eventType: 'cash_counted', eventKey: { in: counts } },
      ],
    },
    select,
    take: journalsMax,
  });
  const known = made.map((journal) => journal.id);
  const back = await db.ledgerJournal.findMany({
    where: { reversesId: { in: known }, id: { notIn: known } },
    select,
    take: journalsMax,
  });
  return [...made, ...back].sort((a, b) => Number(a.id - b.id));
};

/** A day with its entries, counts and journals. */
export const detailOf = async (db: Db, id: string) => {
  const row = await db.dailyCollection.findUniqueOrThrow({ where: { id }, include: withEntries });
  const [factsOf, journals, incentives] = await Promise.all([
    dayFactsOf(db, [row]),
    journalsOf(db, row),
    db.incentive.findMany({ where: { collectionId: id }, select: { id: true } }),
  ]);
  return collectionDetail(row, factsOf(row), { journals, incentiveIds: incentives.map(({ id: of }) => of) });
};
