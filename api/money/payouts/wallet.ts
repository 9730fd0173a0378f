import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Db } from '../../../prisma/client.ts';
import type { WalletTopup } from '../../../prisma/generated/client.ts';
import { post as postJournal } from '../../../prisma/post.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { platform } from '../../../workflows/domain/money/accounts.ts';
import { wireTopup } from '../../../workflows/domain/money/journals/settlements.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import { inFlightStatuses } from '../../../workflows/domain/money/payouts/payouts.ts';
import { isLow } from '../../../workflows/domain/money/payouts/wallet.ts';
import { refusal, refusalIn } from '../../../workflows/domain/refusals.ts';
import { walletBalance } from '../../../workflows/money/wallet.ts';
import { walletProcess } from '../../../workflows/processes.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import { Amount, ById, Instant, Rupees } from '../../http/shapes.ts';
import { requireStillMay } from '../../still-may.ts';

/** How long somebody waits for the balance. */
const balanceDeadlineMs = 8_000;

const TopupView = z.object({
  id: z.string(),
  amount: Rupees,
  bankReference: z.string(),
  createdBy: z.string(),
  createdAt: Instant,
  approvedBy: z.string().nullable(),
  approvedAt: Instant.nullable(),
  journalId: z.string().nullable(),
});
z.globalRegistry.add(TopupView, { id: 'WalletTopup' });

const topupView = ({ amountPaise, journalId, ...row }: WalletTopup): z.output<typeof TopupView> => ({
  ...row,
  amount: Number(amountPaise),
  journalId: journalId === null ? null : String(journalId),
});

const WalletView = z.object({
  balance: Rupees.nullable(),
  asOf: Instant.nullable(),
  threshold: Rupees,
  isLow: z.boolean().nullable(),
  inFlightAmount: Rupees,
  queuedAmount: Rupees,
  ledgerBalance: Rupees.nullable(),
  topups: z.array(TopupView),
});
z.globalRegistry.add(WalletView, { id: 'Wallet' });

/** Our balance as the gateway says it; null when it does not, which is no error. */
const balanceOf = ({ services, requestId, commandId }: Base) => {
  const process = walletProcess();
  const updateId = commandId(walletBalance, process.workflowId);
  return services.temporal
    .ask(process, walletBalance, [], updateId, requestId, balanceDeadlineMs)
    .catch((error: unknown) => {
      if (refusalIn(error)?.key !== 'SERVICE_UNAVAILABLE') throw error;
      return null;
    });
};

/** What the wallet holds by our books: the account WIRE_BALANCE. */
const ledgerBalanceOf = async (db: Db): Promise<number> => {
  const [row] = await db.$queryRaw<{ balance: bigint }[]>`
    SELECT (t."debit_paise" - t."credit_paise")::bigint AS "balance" FROM "ledger_account" a, ledger_total(a."id") t
    WHERE a."code" = 1040 AND a."owner_id" = ${platform}`;
  return Number(row?.balance ?? 0);
};

/** Books a top-up, once. Throws APPROVER_IS_CREATOR, and what `requireStillMay` throws. */
const approveTopup = (db: Db, { id }: WalletTopup, actor: Actor): Promise<WalletTopup> =>
  db.$transaction(async (tx) => {
    await requireStillMay(tx, actor, 'wallet:top-up', null);
    await tx.$queryRaw`SELECT "id" FROM "wallet_topups" WHERE "id" = ${id}::uuid FOR UPDATE`;
    const row = await tx.walletTopup.findUniqueOrThrow({ where: { id } });
    if (row.createdBy === actor.userId) throw refusal('APPROVER_IS_CREATOR');
    if (row.journalId !== null) return row;
    const amount = paise(Number(row.amountPaise));
    const { bankReference, createdAt } = row;
    const booking = wireTopup({ bankReference, amount, occurredAt: createdAt.toISOString(), by: actor.userId });
    const { journalId } = await postJournal(tx, booking);
    await audit(tx, actor, {
      ...{ action: 'wallet.topupApproved', subject: 'walletTopup', subjectId: id },
      after: { bankReference, amount: rupeeText(amount), journalId },
    });
    const approval = { approvedBy: actor.userId, approvedAt: new Date(), journalId: BigInt(journalId) };
    return tx.walletTopup.update({ where: { id }, data: approval });
  });

/** The platform's one wallet at the gateway, from which every payout is paid. Source: payouts.md, Later; ledger.md 41. */
export const wallet = [
  get('/payments/admin/payouts/wallet', {
    allow: 'payouts:manage',
    summary:
      'Read what the wallet holds and what payouts need; the books and the top-ups that wait only for SUPER_ADMIN',
    returns: WalletView,
    async handle(context) {
      const { db, visible, caller, services } = context;
      const isPlatform = caller.role === 'SUPER_ADMIN';
      const sumOf = async (where: object): Promise<number> => {
        const { _sum } = await db.payout.aggregate({
          where: { AND: [visible.payout, where] },
          _sum: { amountPaise: true },
        });
        return Number(_sum.amountPaise ?? 0n);
      };
      const [read, inFlightAmount, queuedAmount, ledgerBalance, topups] = await Promise.all([
        balanceOf(context),
        sumOf({ status: { in: [...inFlightStatuses] } }),
        sumOf({ status: 'ACCEPTED', queuedOnLowBalance: true }),
        isPlatform ? ledgerBalanceOf(db) : null,
        isPlatform
          ? db.walletTopup.findMany({ where: { approvedBy: null }, orderBy: { createdAt: 'asc' }, take: 100 })
          : [],
      ]);
      const threshold = services.env.WALLET_LOW_THRESHOLD;
      return {
        ...{ balance: read && read.balancePaise, asOf: read && new Date(read.asOf), threshold },
        isLow: isLow(read, threshold),
        ...{ inFlightAmount, queuedAmount, ledgerBalance, topups: topups.map(topupView) },
      };
    },
  }),

  post('/payments/admin/payouts/wallet/topup', {
    allow: 'wallet:top-up',
    summary: 'Write down that money went from the bank into the wallet; another SUPER_ADMIN has to approve it',
    says: 'Top-up waits for a second person',
    status: 201,
    body: z.object({
      amount: Amount.refine((amount) => amount > 0, 'must be more than 0'),
      bankReference: z
        .string()
        .trim()
        .toUpperCase()
        .regex(/^[A-Z0-9][A-Z0-9/-]{5,39}$/, 'must be the 6 to 40 letters, digits, / or - of a reference of the bank'),
    }),
    returns: TopupView,
    refuses: ['BANK_REFERENCE_USED'],
    async handle({ body: { amount, bankReference }, actor, db, newId }) {
      const id = newId();
      await createOnce(() =>
        db.$transaction(async (tx) => {
          const data = { id, amountPaise: BigInt(amount), bankReference, createdBy: actor.userId };
          await tx.walletTopup.create({ data });
          await audit(tx, actor, {
            ...{ action: 'wallet.topupWritten', subject: 'walletTopup', subjectId: id },
            after: { bankReference, amount: rupeeText(amount) },
          });
        }),
      );
      return topupView(await db.walletTopup.findUniqueOrThrow({ where: { id } }));
    },
  }),

  post('/payments/admin/payouts/wallet/topup/:id/approve', {
    allow: 'wallet:top-up',
    summary: 'Approve a top-up that somebody else wrote down, which books it',
    says: 'Top-up booked',
    params: ById('walletTopup'),
    returns: TopupView,
    refuses: ['APPROVER_IS_CREATOR'],
    handle: async ({ walletTopup, actor, db }) => topupView(await approveTopup(db, walletTopup, actor)),
  }),
];
