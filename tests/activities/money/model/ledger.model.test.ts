import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { findFaults } from '../../../../activities/money/checks.ts';
import { post } from '../../../../prisma/post.ts';
import type { Tx } from '../../../../prisma/client.ts';
import type { Journal } from '../../../../workflows/domain/money/journals/journal.ts';
import { refusalIn } from '../../../../workflows/domain/refusals.ts';
import { ownDatabase } from '../../../world/money/own-database.ts';
import { driverCommands } from './driver-commands.ts';
import { failPayout, payoutCommands } from './payout-commands.ts';
import { randomFrom, season } from './play.ts';
import type { Command, Posted, Posting } from './play.ts';
import { referenceLedger } from './reference-ledger.ts';
import { refundCommands } from './refund-commands.ts';

/** How many commands are played; `LEDGER_COMMANDS=10000` is the whole proof. */
const commands = Number(process.env['LEDGER_COMMANDS'] ?? 1_500);
/** After so many, three other drivers of another fleet come: what is compared each time stays small. */
const commandsOfSeason = 250;
/** So many share a transaction. */
const commandsOfBatch = 25;

let own: Awaited<ReturnType<typeof ownDatabase>>;
beforeAll(async () => {
  own = await ownDatabase();
  // Sums of totalled days stay cheap, and the totals are checked with everything else.
  await own.db.$executeRaw`SELECT ledger_close_days(current_date + 1)`;
});
afterAll(() => own.drop());

/** Every one of them has to come up in the whole proof; in a short play the rarest may not. */
const eventTypes = [
  ...['amount_mismatch', 'bad_debt', 'bulk_incentive', 'bulk_penalty', 'bulk_row_reversed', 'chargeback'],
  ...['chargeback_won', 'collection_adjusted', 'collection_reconciled', 'deposit_dues_cleared', 'deposit_paid'],
  ...['dues_netted', 'incentive_cancelled', 'incentive_created', 'order_completed', 'order_paid'],
  ...['order_refund_initiated', 'payout_failed', 'payout_initiated', 'payout_late_success', 'payout_reversed'],
  ...['payout_settled', 'penalty_from_deposit', 'penalty_issued', 'penalty_paid_link', 'penalty_waived'],
  ...['pg_refund_initiated', 'qr_collected', 'qr_unattributed', 'refund_failed', 'refund_settled', 'rental_charged'],
  ...['reversal', 'unattributed_resolved'],
];

type State = ReturnType<ReturnType<typeof referenceLedger>['state']>;

const inTransaction = (work: (tx: Tx) => Promise<void>) => own.db.$transaction(work, { timeout: 60_000 });

/** The newest rows of the books before a season. */
interface Since {
  account: bigint;
  due: bigint;
  item: bigint;
}

const newest = async (): Promise<Since> => {
  const [row] = await own.db.$queryRaw<Since[]>`
    SELECT coalesce((SELECT max(id) FROM ledger_account), 0) AS account,
      coalesce((SELECT max(id) FROM driver_due), 0) AS due, coalesce((SELECT max(id) FROM payable_item), 0) AS item`;
  return row!;
};

/** What the books hold but zeros in accounts of the platform and of a season, in the words of the reference. */
const stateOf = async (tx: Tx, { account, due, item }: Since) => {
  const [row] = await tx.$queryRaw<{ state: State }[]>`
    SELECT jsonb_build_object(
      'balances', (
        SELECT coalesce(jsonb_object_agg(code || CASE owner_id WHEN '-' THEN '' ELSE ':' || owner_id END, balance) FILTER (WHERE balance <> 0), '{}')
        FROM (
          SELECT a.code, a.owner_id, sum(t.debit_paise - t.credit_paise) * CASE a.normal WHEN 'D' THEN 1 ELSE -1 END AS balance
          FROM ledger_account a JOIN ledger_day_total t ON t.account_id = a.id
          WHERE a.id > ${account} OR a.owner_type = 'PLATFORM' GROUP BY a.id
        ) b
      ),
      'dues', coalesce((SELECT jsonb_object_agg(kind || ' ' || source, outstanding_paise) FROM driver_due WHERE id > ${due} AND outstanding_paise > 0), '{}'),
      'items', coalesce((SELECT jsonb_object_agg(kind || ' ' || source, open_paise) FROM payable_item WHERE id > ${item} AND open_paise <> 0), '{}')
    ) AS state`;
  return row!.state;
};

/** What became of a posting: posted under this id, repeated, or the account that has too little. */
const outcomeOf = async (tx: Tx, journal: Journal): Promise<{ outcome: string; id?: string }> => {
  try {
    const { journalId, posted } = await post(tx, journal);
    return posted ? { outcome: 'posted', id: journalId } : { outcome: 'repeated' };
  } catch (error) {
    const refused = refusalIn(error);
    if (refused?.key !== 'LEDGER_GUARD')
      throw new Error(`The books cannot take ${JSON.stringify(journal)}`, { cause: error });
    const { code, ownerId } = refused.details as { code: number; ownerId: string };
    return { outcome: ownerId === '-' ? String(code) : `${code}:${ownerId}` };
  }
};

test('after each of many random commands the books are those of the reference', async () => {
  const seed = Number(process.env['LEDGER_SEED'] ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const reference = referenceLedger();
  const posted = new Map<string, Posted>();
  const outcomes = new Map<string, number>();
  const events = new Set<string>();

  /** Posts to both ledgers; whether they say the same, and whether it was posted. */
  const play = async (tx: Tx, { event, journal, lines, then }: Posting, repeated?: Posted): Promise<boolean> => {
    const told = repeated ?? (typeof journal === 'function' ? await journal(tx, posted) : journal);
    const expected = reference.post(event, repeated ? [] : lines());
    const { outcome, id } = await outcomeOf(tx, told);
    expect({ seed, event, outcome }).toEqual({ seed, event, outcome: expected });
    const kind = /^\d/.test(outcome) ? 'refused' : outcome;
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    if (!id) return false;
    then?.();
    posted.set(event, { ...told, id });
    events.add(told.eventType);
    return true;
  };

  /** Everything that earlier seasons left, which nothing may have touched since. */
  const left: State = { balances: {}, dues: {}, items: {} };

  for (let played = 0; played < commands;) {
    const since = await newest();
    const now = season(random, reference, played);
    const kinds: Command[] = [driverCommands, payoutCommands, refundCommands].flatMap((each) => each(now));
    const done: Posting[] = [];

    const inTurn = async (tx: Tx, postings: Posting[]) => {
      for (const posting of postings) {
        if (!(await play(tx, posting))) return;
        done.push(posting);
      }
    };
    const command = async (tx: Tx) => {
      const again = random() < 0.1 ? now.pick(done) : undefined;
      if (again) await play(tx, again, posted.get(again.event));
      else await inTurn(tx, nextOf(kinds, now.pick));
      const [ours, theirs] = [await stateOf(tx, since), reference.state()];
      // Telling differences takes long; seeing that there are none does not.
      if (!isDeepStrictEqual(ours, theirs)) expect({ seed, played, ...ours }).toEqual({ seed, played, ...theirs });
    };

    const end = Math.min(commands, played + commandsOfSeason);
    while (played < end)
      await inTransaction(async (tx) => {
        for (let count = 0; count < commandsOfBatch && played < end; count += 1, played += 1) await command(tx);
      });
    // There is no table of payouts to compare those in flight with.
    for (let last = failPayout(now); last; last = failPayout(now)) {
      const postings = last;
      await inTransaction((tx) => inTurn(tx, postings));
    }
    for (const [kind, amounts] of Object.entries(reference.state())) Object.assign(left[kind as keyof State], amounts);
    reference.forget();
  }

  expect(await stateOf(own.db, { account: 0n, due: 0n, item: 0n })).toEqual(left);
  // All three happened, or this test would show less than it says.
  expect([...outcomes.keys()].sort()).toEqual(['posted', 'refused', 'repeated']);
  if (commands >= 10_000) expect(eventTypes.filter((type) => !events.has(type))).toEqual([]);
  expect(await findFaults(own.db, null)).toEqual([]);
}, 600_000);

/** The next command that can be given now. */
const nextOf = (kinds: readonly Command[], pick: <T>(list: readonly T[]) => T | undefined): Posting[] => {
  for (;;) {
    const postings = pick(kinds)!();
    if (postings) return postings;
  }
};
