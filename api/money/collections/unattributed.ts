import { z } from 'zod';
import type { Prisma, VirtualCredit } from '../../../prisma/generated/client.ts';
import { creditFacts } from '../../../workflows/domain/money/collections/credits.ts';
import { invalidField } from '../../../workflows/domain/refusals.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import type { IstDay } from '../../../workflows/domain/time.ts';
import { assignCredit } from '../../../workflows/money/credits.ts';
import { creditProcess } from '../../../workflows/processes.ts';
import { writeText } from '../../command-texts.ts';
import { get, post } from '../../http/endpoint.ts';
import { Truth } from '../../http/filters.ts';
import { ById, DayIn, idOf, Instant, pageOf, Paging, Rupees, skipTake, Text, Word } from '../../http/shapes.ts';

const creditStates = [
  ...(['RECEIVED', 'WAITING', 'CONFIRMING', 'COLLECTED', 'ORDERED', 'UNATTRIBUTED', 'REVIEW', 'FAILED'] as const),
] as const;
const reasons = ['NO_SHIFT', 'NO_ASSIGNMENT', 'UNKNOWN_ACCOUNT', 'INACTIVE_QR', 'AMOUNT_MISMATCH'] as const;

const text = z.string().nullable();

export const CreditView = z.object({
  id: z.string(),
  creditId: z.string(),
  utr: z.string(),
  amount: Rupees,
  fee: Rupees,
  tax: Rupees,
  paymentMode: z.string(),
  occurredAt: Instant,
  state: z.enum(creditStates),
  reason: z.enum(reasons).nullable(),
  remark: text,
  vehicleId: text,
  fleetId: text,
  driverId: text,
  collectionId: text,
  orderId: text,
  transactionId: text,
  /** Whether the gateway's own list has it. */
  isConfirmed: z.boolean(),
  resolvedBy: text,
  resolvedAt: Instant.nullable(),
  createdAt: Instant,
});
z.globalRegistry.add(CreditView, { id: 'Credit' });

export const creditView = (row: VirtualCredit): z.output<typeof CreditView> => ({
  ...row,
  amount: Number(row.amountPaise),
  fee: Number(row.feePaise),
  tax: Number(row.taxPaise),
  paymentMode: row.mode,
  isConfirmed: row.confirmedAt !== null,
});

/** Money that came into an account and belongs to no driver yet. Source: collections.md, UnattributedReceipt. */
export const unattributed = [
  get('/payments/admin/unattributed', {
    allow: 'collections:manage',
    summary: 'List money that came in and belongs to no driver, oldest first',
    query: z.object({ reason: Word(reasons).optional(), isResolved: Truth, ...Paging }),
    list: true,
    returns: CreditView,
    async handle({ query, db, visible }) {
      const { reason, isResolved = 'false' } = query;
      const where: Prisma.VirtualCreditWhereInput = {
        AND: [visible.unattributedReceipt, reason ? { reason } : { reason: { not: null } }],
        resolvedAt: isResolved === 'true' ? { not: null } : null,
      };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.virtualCredit.count({ where }),
        db.virtualCredit.findMany({ where, orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }], ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(creditView) };
    },
  }),

  post('/payments/admin/unattributed/:id/assign', {
    allow: 'collections:manage',
    summary: "Give money that belongs to nobody to a driver's day",
    says: 'Receipt assigned',
    params: ById('unattributedReceipt'),
    body: z.object({ driverId: idOf('driver'), date: DayIn, reason: Text(500).optional() }),
    returns: CreditView,
    refuses: ['RECEIPT_RESOLVED'],
    async handle(context) {
      const { unattributedReceipt: receipt, driver, body, actor, db, ask } = context;
      if (body.date > istDay(Date.now())) throw invalidField('date', 'range', 'date must be today or an earlier day');
      const textId = await writeText(context, { remarks: body.reason });
      await ask(creditProcess(creditFacts(receipt)), assignCredit, {
        ...{ id: receipt.id, driverId: driver.id, date: body.date as IstDay, textId, by: actor },
      });
      return creditView(await db.virtualCredit.findUniqueOrThrow({ where: { id: receipt.id } }));
    },
  }),
];
