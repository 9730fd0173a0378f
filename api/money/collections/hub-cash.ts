import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Db, Tx } from '../../../prisma/client.ts';
import type { HubBanking } from '../../../prisma/generated/client.ts';
import { postAtHub } from '../../../prisma/post.ts';
import { hubCashBanked } from '../../../workflows/domain/money/journals/settlements.ts';
import { paise, rupeeText } from '../../../workflows/domain/money.ts';
import type { Paise } from '../../../workflows/domain/money.ts';
import { instant } from '../../../workflows/domain/time.ts';
import { get, post } from '../../http/endpoint.ts';
import { createOnce } from '../../http/once.ts';
import { AmountGiven, idOf, Instant, Rupees, Text } from '../../http/shapes.ts';
import { givenAmount } from '../amounts.ts';

const BankingView = z.object({
  id: z.string(),
  amount: Rupees,
  slipNumber: z.string(),
  createdBy: z.string(),
  createdAt: Instant,
});
z.globalRegistry.add(BankingView, { id: 'HubBanking' });

const bankingView = (row: HubBanking): z.output<typeof BankingView> => ({ ...row, amount: Number(row.amountPaise) });

/** What drivers still hold, by driver. */
const Held = z.object({ driverId: z.string(), name: z.string(), amount: Rupees, shifts: z.number() });

const HubCashView = z.object({
  hubId: z.string(),
  cashOnHand: Rupees,
  declared: Rupees,
  counted: Rupees,
  /** Declared and not counted yet. */
  uncounted: Rupees,
  shortage: Rupees,
  overage: Rupees,
  banked: Rupees,
  heldByDrivers: z.array(Held),
  bankings: z.array(BankingView),
});
z.globalRegistry.add(HubCashView, { id: 'HubCash' });

const shownMax = 200;

/** Who holds how much: drivers, hub, bank. Four queries, however much there is. */
const hubCashOf = async (db: Db, hubId: string) => {
  const [balances, counts, held, banked, bankings] = await Promise.all([
    db.$queryRaw<{ onHand: bigint }[]>`
      SELECT coalesce(b."debit_paise" - b."credit_paise", 0)::bigint AS "onHand" FROM "ledger_account" a
      LEFT JOIN "ledger_balance" b ON b."account_id" = a."id" WHERE a."code" = 1060 AND a."owner_id" = ${hubId}`,
    db.$queryRaw<Record<'declared' | 'counted' | 'uncounted' | 'shortage' | 'overage', bigint>[]>`
      SELECT coalesce(sum("declaredPaise"), 0)::bigint AS "declared", coalesce(sum("countedPaise"), 0)::bigint AS "counted",
        coalesce(sum("declaredPaise") FILTER (WHERE "countedPaise" IS NULL), 0)::bigint AS "uncounted",
        coalesce(sum(greatest("declaredPaise" - "countedPaise", 0)), 0)::bigint AS "shortage",
        coalesce(sum(greatest("countedPaise" - "declaredPaise", 0)), 0)::bigint AS "overage"
      FROM "cash_declarations" WHERE "hubId" = ${hubId}::uuid`,
    db.$queryRaw<{ driverId: string; name: string; amount: bigint; shifts: number }[]>`
      SELECT c."driverId", d."firstName" || ' ' || d."lastName" AS "name", sum(c."declaredPaise")::bigint AS "amount", count(*)::int AS "shifts"
      FROM "cash_declarations" c JOIN "drivers" d ON d."id" = c."driverId"
      WHERE c."hubId" = ${hubId}::uuid AND c."state" = 'DECLARED' GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT ${shownMax}`,
    db.hubBanking.aggregate({ where: { hubId }, _sum: { amountPaise: true } }),
    db.hubBanking.findMany({ where: { hubId }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: shownMax }),
  ]);
  const { declared, counted, uncounted, shortage, overage } = counts[0]!;
  return {
    ...{ hubId, cashOnHand: Number(balances[0]?.onHand ?? 0n), declared: Number(declared), counted: Number(counted) },
    ...{ uncounted: Number(uncounted), shortage: Number(shortage), overage: Number(overage) },
    banked: Number(banked._sum.amountPaise ?? 0n),
    heldByDrivers: held.map((row) => ({ ...row, amount: Number(row.amount) })),
    bankings: bankings.map(bankingView),
  };
};

interface Banked {
  id: string;
  hubId: string;
  fleetId: string;
  amount: Paise;
  slipNumber: string;
  by: string;
}

/** The hub must hold what goes to the bank. Throws HUB_CASH_SHORT. Source: ledger.md 42. */
const postBanking = async (tx: Tx, { id, hubId, fleetId, amount, by }: Banked): Promise<void> => {
  const journal = hubCashBanked({ occurredAt: instant(Date.now()), fleetId, by, slipId: id, hubId, amount });
  await postAtHub(tx, journal);
};

const AtHub = z.object({ hubId: idOf('hub') });

/** The cash of a hub, from drivers to the bank. Source: collections.md, Later. */
export const hubCash = [
  get('/payments/admin/cash/hub/:hubId', {
    allow: 'collections:manage',
    summary: 'Read how much cash a hub holds, what drivers have not handed over, and what was banked',
    params: AtHub,
    returns: HubCashView,
    handle: ({ hub, db }) => hubCashOf(db, hub.id),
  }),

  post('/payments/admin/cash/hub/:hubId/banking', {
    allow: 'collections:manage',
    summary: 'Write down that cash of a hub was brought to the bank',
    says: 'Cash banked',
    status: 201,
    params: AtHub,
    body: z.object({ amount: AmountGiven, slipNumber: Text(60) }),
    returns: BankingView,
    refuses: ['AMOUNT_INVALID', 'HUB_CASH_SHORT', 'SLIP_NUMBER_USED'],
    async handle({ hub, body, actor, db, newId }) {
      const { id: hubId, fleetId } = hub;
      const amount = givenAmount(body.amount);
      const banked = { id: newId(), hubId, fleetId, amount, slipNumber: body.slipNumber.trim(), by: actor.userId };
      const { by: createdBy, amount: amountPaise, ...row } = banked;
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await tx.hubBanking.create({ data: { ...row, amountPaise, createdBy } });
          await postBanking(tx, banked);
          const after = { amount: rupeeText(paise(amountPaise)), slipNumber: row.slipNumber };
          await audit(tx, actor, { action: 'hubCash.banked', subject: 'hub', subjectId: hubId, after });
        }),
      );
      return bankingView(await db.hubBanking.findUniqueOrThrow({ where: { id: row.id } }));
    },
  }),
];
