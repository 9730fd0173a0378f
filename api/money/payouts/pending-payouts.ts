import { z } from 'zod';
import type { Prisma } from '../../../prisma/generated/client.ts';
import { openOfDays } from '../../../prisma/payouts/payouts.ts';
import type { Sealer } from '../../../prisma/sealed.ts';
import { payoutStatuses, requireBankDetails } from '../../../workflows/domain/money/payouts/payouts.ts';
import { get } from '../../http/endpoint.ts';
import { Rupees } from '../../http/shapes.ts';
import { shown } from '../../people/personal-numbers.ts';
import { CollectionView, collectionView } from '../collections/collection-views.ts';

const text = z.string().nullable();

const Payee = z.object({
  ...{ id: z.string(), firstName: z.string(), lastName: z.string(), mobile: z.string() },
  ...{ bankAccountNumber: text, bankIfscCode: text, bankAccountName: text },
});

/** A day that waits to be paid. */
const PendingPayout = CollectionView.extend({
  driver: Payee,
  payable: Rupees,
  bankReady: z.boolean(),
  livePayoutStatus: z.enum(payoutStatuses).nullable(),
});
z.globalRegistry.add(PendingPayout, { id: 'PendingPayout' });

const withPayee = {
  driver: {
    select: {
      ...{ id: true, firstName: true, lastName: true, mobile: true },
      ...{ sealedBankAccountNumber: true, bankIfscCode: true, bankAccountName: true },
    },
  },
} satisfies Prisma.DailyCollectionInclude;

type WithPayee = Prisma.DailyCollectionGetPayload<{ include: typeof withPayee }>;

const isReady = ({ driver }: WithPayee, { open }: Sealer): boolean => {
  const { id, sealedBankAccountNumber: sealed, bankIfscCode: ifscCode, bankAccountName: accountName } = driver;
  try {
    requireBankDetails({ accountNumber: sealed && open('bank-number', sealed, id), ifscCode, accountName });
    return true;
  } catch {
    return false;
  }
};

/** The array is not paged, since panels read it whole; finance has paid long before so many days wait. */
const daysMax = 1_000;

/** What finance pays from. Source: payouts.md, GET payouts/pending. */
export const pendingPayouts = [
  get('/payments/admin/payouts/pending', {
    allow: 'payouts:manage',
    summary: 'List the reconciled days that are not paid, oldest first',
    returns: z.array(PendingPayout),
    async handle({ db, visible, services: { sealer } }) {
      const rows = await db.dailyCollection.findMany({
        where: { AND: [visible.collection, { status: { in: ['RECONCILED', 'PAYOUT_PENDING'] } }] },
        orderBy: [{ date: 'asc' }, { id: 'asc' }],
        take: daysMax,
        include: withPayee,
      });
      const open = await openOfDays(
        db,
        rows.map(({ id }) => id),
      );
      const live = await db.payout.findMany({
        where: { id: { in: [...open.values()].flatMap(({ payoutId }) => payoutId ?? []) } },
        select: { id: true, status: true },
      });
      const statusOf = new Map(live.map(({ id, status }) => [id, status]));
      // What an advance has covered is not paid out.
      return rows.flatMap((row) => {
        const left = open.get(row.id);
        if (!left) return [];
        const { sealedBankAccountNumber: sealed, ...payee } = row.driver;
        const bankAccountNumber = sealed && shown(sealer, 'bank-number', { sealed, rowId: payee.id }, false);
        return {
          ...collectionView(row),
          driver: { ...payee, bankAccountNumber },
          payable: left.free,
          bankReady: isReady(row, sealer),
          livePayoutStatus: statusOf.get(left.payoutId ?? '') ?? null,
        };
      });
    },
  }),
];
