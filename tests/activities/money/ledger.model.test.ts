import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { findFaults } from '../../../activities/money/checks.ts';
import { post } from '../../../prisma/post.ts';
import type { Tx } from '../../../prisma/client.ts';
import * as collections from '../../../workflows/domain/money/collection-journals.ts';
import { depositPaid } from '../../../workflows/domain/money/deposit-journals.ts';
import * as incentives from '../../../workflows/domain/money/incentive-journals.ts';
import type { Journal } from '../../../workflows/domain/money/journals.ts';
import * as payouts from '../../../workflows/domain/money/payout-journals.ts';
import * as penalties from '../../../workflows/domain/money/penalty-journals.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { refusalIn } from '../../../workflows/domain/refusals.ts';
import { ownDatabase } from '../../world/money/own-database.ts';
import { referenceLedger } from './reference-ledger.ts';

/** How many commands are played; the soak plays 10,000. */
const commands = Number(process.env['LEDGER_COMMANDS'] ?? 1_500);
const fleetId = randomUUID();
const drivers = Array.from({ length: 3 }, () => randomUUID());

let own: Awaited<ReturnType<typeof ownDatabase>>;
beforeAll(async () => {
  own = await ownDatabase();
});
afterAll(() => own.drop());

/** Numbers that the same seed repeats (mulberry32). */
const randomFrom = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const again = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((again ^ (again >>> 14)) >>> 0) / 2 ** 32;
  };
};

type Reference = ReturnType<typeof referenceLedger>;

/** One thing that may happen: the journal for the books, and what the reference makes of it. */
interface Step {
  journal: Journal;
  mirror: () => string;
}

const world = (random: () => number, reference: Reference) => {
  const penaltiesOf = new Map<string, { id: string; amount: number; fromDeposit: number }[]>();
  const incentivesOf = new Map<string, { id: string; amount: number }[]>();
  const below = (max: number) => Math.floor(random() * max);
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  const listOf = <T>(map: Map<string, T[]>, driver: string): T[] => map.get(driver) ?? map.set(driver, []).get(driver)!;
  let serial = 0;
  const name = (what: string) => `${what}-${(serial += 1)}`;

  /** Tells the reference of a journal, and of what follows when it was posted. */
  const mirrored = (event: string, lines: [string, number][], then: () => void = () => undefined) => {
    const outcome = reference.post(event, lines);
    if (outcome === 'posted') then();
    return outcome;
  };

  const of = (driverId: string) => ({ driverId, fleetId, occurredAt: new Date().toISOString() });

  const deposit = (d: string): Step => {
    const [txnid, amount] = [name('txn'), 1 + below(500)];
    return {
      journal: depositPaid({ ...of(d), txnid, amount: paise(amount) }),
      mirror: () =>
        mirrored(`deposit ${txnid}`, [
          ['1020', amount],
          [`2010:${d}`, -amount],
        ]),
    };
  };

  const penalty = (d: string): Step => {
    const [id, amount] = [name('penalty'), 1 + below(400)];
    return {
      journal: penalties.penaltyIssued({ ...of(d), penaltyId: id, amount: paise(amount) }),
      mirror: () =>
        mirrored(
          `penalty ${id}`,
          [
            [`1070:${d}`, amount],
            [`4030:${fleetId}`, -amount],
          ],
          () => {
            reference.setDue(id, amount);
            listOf(penaltiesOf, d).push({ id, amount, fromDeposit: 0 });
          },
        ),
    };
  };

  const deduction = (d: string): Step | null => {
    const due = pick(listOf(penaltiesOf, d));
    const open = due ? reference.due(due.id) : 0;
    if (!due || open === 0) return null;
    const [seq, amount] = [(serial += 1), 1 + below(open)];
    return {
      journal: penalties.penaltyFromDeposit({ ...of(d), penaltyId: due.id, seq, amount: paise(amount) }),
      mirror: () =>
        mirrored(
          `deduction ${seq}`,
          [
            [`2010:${d}`, amount],
            [`1070:${d}`, -amount],
          ],
          () => {
            reference.setDue(due.id, open - amount);
            due.fromDeposit += amount;
          },
        ),
    };
  };

  const link = (d: string): Step | null => {
    const due = pick(listOf(penaltiesOf, d));
    if (!due) return null;
    const [txnid, paid, open] = [name('txn'), 1 + below(300), reference.due(due.id)];
    const settled = Math.min(paid, open);
    return {
      journal: penalties.penaltyPaidByLink({
        ...{ ...of(d), penaltyId: due.id, txnid },
        ...{ paid: paise(paid), openDue: paise(open) },
      }),
      mirror: () =>
        mirrored(
          `link ${txnid}`,
          [
            ['1020', paid],
            [`1070:${d}`, -settled],
            [`2020:${d}`, settled - paid],
          ],
          () => {
            reference.setDue(due.id, open - settled);
            if (paid > settled) reference.openItem(d, `LATE_PAYMENT ${txnid}`, paid - settled);
          },
        ),
    };
  };

  const waiver = (d: string): Step | null => {
    const due = pick(listOf(penaltiesOf, d));
    if (!due) return null;
    const open = reference.due(due.id);
    const paidElse = due.amount - due.fromDeposit - open;
    penaltiesOf.set(
      d,
      listOf(penaltiesOf, d).filter((each) => each !== due),
    );
    const parts = { fromDeposit: paise(due.fromDeposit), netted: paise(paidElse), paidByLink: paise(0) };
    return {
      journal: penalties.penaltyWaived({ ...of(d), penaltyId: due.id, ...parts, outstanding: paise(open) }),
      mirror: () => {
        const back: [string, number][] = [
          [`2010:${d}`, -due.fromDeposit],
          [`2020:${d}`, -paidElse],
          [`1070:${d}`, -open],
        ];
        return mirrored(`waiver ${due.id}`, [[`4030:${fleetId}`, due.amount], ...back], () => {
          reference.setDue(due.id, 0);
          if (paidElse > 0) reference.openItem(d, `WAIVER ${due.id}`, paidElse);
        });
      },
    };
  };

  const incentive = (d: string): Step => {
    const [id, amount] = [name('incentive'), 1 + below(300)];
    return {
      journal: incentives.incentiveCreated({ ...of(d), incentiveId: id, amount: paise(amount) }),
      mirror: () =>
        mirrored(
          `incentive ${id}`,
          [
            [`5010:${fleetId}`, amount],
            [`2020:${d}`, -amount],
          ],
          () => {
            reference.openItem(d, `INCENTIVE ${id}`, amount);
            listOf(incentivesOf, d).push({ id, amount });
          },
        ),
    };
  };

  const cancelled = (d: string): Step | null => {
    const known = pick(listOf(incentivesOf, d));
    if (!known) return null;
    const { id, amount } = known;
    incentivesOf.set(
      d,
      listOf(incentivesOf, d).filter((each) => each !== known),
    );
    return {
      journal: incentives.incentiveCancelled({ ...of(d), incentiveId: id, amount: paise(amount) }),
      mirror: () =>
        mirrored(
          `cancelled ${id}`,
          [
            [`2020:${d}`, amount],
            [`5010:${fleetId}`, -amount],
          ],
          () => reference.takeItem(d, `INCENTIVE ${id}`, amount),
        ),
    };
  };

  const bulkPenalty = (d: string): Step => {
    const [row, amount] = [(serial += 1), 1 + below(200)];
    return {
      journal: payouts.bulkPenalty({ ...of(d), batchId: 'batch', row, amount: paise(amount) }),
      mirror: () =>
        mirrored(
          `bulk ${row}`,
          [
            [`2020:${d}`, amount],
            [`4030:${fleetId}`, -amount],
          ],
          () => reference.openItem(d, `ADVANCE batch:${row}`, -amount),
        ),
    };
  };

  /** Out of the suspense of one collection that all drivers share, which is guarded. */
  const collected = (d: string): Step => {
    const [creditId, amount] = [name('credit'), 1 + below(300)];
    return {
      journal: collections.qrCollected({ ...of(d), collectionId: 'pool', creditId, amount: paise(amount) }),
      mirror: () =>
        mirrored(`credit ${creditId}`, [
          ['1030', amount],
          ['2030:pool', -amount],
        ]),
    };
  };

  const unattributed = (d: string): Step => {
    const [adjustmentId, amount] = [name('adjustment'), 1 + below(400)];
    return {
      journal: collections.collectionAdjusted({ ...of(d), collectionId: 'pool', adjustmentId, amount: paise(-amount) }),
      mirror: () =>
        mirrored(`adjustment ${adjustmentId}`, [
          ['2030:pool', amount],
          [`4050:${fleetId}`, -amount],
        ]),
    };
  };

  const kinds = [
    ...[deposit, penalty, deduction, deduction, link, waiver, incentive, incentive, cancelled],
    ...[bulkPenalty, collected, unattributed],
  ];
  return (): Step => {
    for (;;) {
      const step = pick(kinds)!(pick(drivers)!);
      if (step) return step;
    }
  };
};

/** Everything that the books hold but zeros, in the words of the reference. */
const stateOf = async (tx: Tx) => {
  const [row] = await tx.$queryRaw<{ state: object }[]>`
    SELECT jsonb_build_object(
      'balances', (
        SELECT coalesce(jsonb_object_agg(code || CASE owner_id WHEN '-' THEN '' ELSE ':' || owner_id END, balance) FILTER (WHERE balance <> 0), '{}')
        FROM (
          SELECT a.code, a.owner_id, (t.debit_paise - t.credit_paise) * CASE a.normal WHEN 'D' THEN 1 ELSE -1 END AS balance
          FROM ledger_account a, ledger_total(a.id) t
        ) b
      ),
      'dues', coalesce((SELECT jsonb_object_agg(source, outstanding_paise) FROM driver_due WHERE outstanding_paise > 0), '{}'),
      'items', coalesce((SELECT jsonb_object_agg(kind || ' ' || source, open_paise) FROM payable_item WHERE open_paise <> 0), '{}')
    ) AS state`;
  return row!.state;
};

/** What became of a posting: posted, repeated, or the account that has too little. */
const outcomeOf = async (tx: Tx, journal: Journal): Promise<string> => {
  try {
    return (await post(tx, journal)).posted ? 'posted' : 'repeated';
  } catch (error) {
    const refused = refusalIn(error);
    if (refused?.key !== 'LEDGER_GUARD') throw error;
    const { code, ownerId } = refused.details as { code: number; ownerId: string };
    return `${code}:${ownerId}`;
  }
};

test('after each of many random commands the books are those of the reference', async () => {
  const seed = Number(process.env['LEDGER_SEED'] ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const reference = referenceLedger();
  const next = world(random, reference);
  const done: Journal[] = [];
  const outcomes = new Map<string, number>();

  const play = async (tx: Tx) => {
    // Sums of totalled days stay cheap, and the totals are checked with everything else.
    await tx.$executeRaw`SELECT ledger_close_days(current_date + 1)`;
    for (let played = 0; played < commands; played += 1) {
      const repeated = random() < 0.1 ? done[Math.floor(random() * done.length)] : undefined;
      const { journal, mirror } = repeated ? { journal: repeated, mirror: () => 'repeated' } : next();
      const expected = mirror();
      const what = { seed, played, event: `${journal.eventType} ${journal.eventKey}` };
      const outcome = await outcomeOf(tx, journal);
      expect({ ...what, outcome }).toEqual({ ...what, outcome: expected });
      expect({ ...what, ...(await stateOf(tx)) }).toEqual({ ...what, ...reference.state() });
      if (outcome === 'posted') done.push(journal);
      const kind = /^\d/.test(outcome) ? 'refused' : outcome;
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    }
  };
  await own.db.$transaction(play, { timeout: 600_000 });

  // All three happened, or this test would show less than it says.
  expect([...outcomes.keys()].sort()).toEqual(['posted', 'refused', 'repeated']);
  expect(await findFaults(own.db, null)).toEqual([]);
}, 600_000);
