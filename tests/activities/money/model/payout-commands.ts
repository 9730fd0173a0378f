import { reserve } from '../../../../prisma/payouts/payouts.ts';
import * as payouts from '../../../../workflows/domain/money/journals/payouts.ts';
import { paise, sum } from '../../../../workflows/domain/money.ts';
import { without } from './play.ts';
import type { Command, Line, Payout, Posting, Season } from './play.ts';

const source = ({ d, from }: Payout) => `${from === 'DEPOSIT' ? 2010 : 2020}:${d}`;

const wholeOf =
  (s: Season) =>
  ({ d, id, attempt, amount, from }: Payout) => ({
    ...{ ...s.of(d), payoutId: id, attempt, amount: paise(amount), from },
  });

/** A transfer in flight fails. */
export const failPayout = (s: Season): Posting[] | null => {
  const payout = s.pick(s.payouts.filter(({ state }) => state === 'IN_FLIGHT'));
  if (!payout) return null;
  const { d, id, attempt, amount } = payout;
  return [
    {
      event: `failed ${id}:${attempt}`,
      journal: payouts.payoutFailed(wholeOf(s)(payout)),
      lines: () => [
        [`2080:${d}`, amount],
        [source(payout), -amount],
      ],
      then: () => {
        payout.state = 'FAILED';
        s.reference.endReservation(d, id, false);
      },
    },
  ];
};

/** Transfers with everything that may become of them, and rows of bulk files. */
export const payoutCommands = (s: Season): Command[] => {
  const { reference, fleetId, of, name, upTo, pick } = s;
  const whole = wholeOf(s);
  const inState = (state: Payout['state']) => pick(s.payouts.filter((payout) => payout.state === state));

  const begin = (payout: Payout, from: string | null): Posting => {
    const { d, id, attempt, amount } = payout;
    return {
      event: `begun ${id}:${attempt}`,
      async journal(tx) {
        payout.allocations =
          payout.from === 'DEPOSIT'
            ? []
            : (
                await reserve(tx, [{ payoutId: id, driverId: d, amount: paise(amount), sources: from ? [from] : [] }])
              )[0]!;
        return payouts.payoutInitiated(whole(payout));
      },
      lines: () => [
        [source(payout), amount],
        [`2080:${d}`, -amount],
      ],
      then: () => {
        payout.state = 'IN_FLIGHT';
        payout.reserved = payout.from === 'DEPOSIT' ? [] : reference.reserve(d, id, amount, from);
      },
    };
  };

  const begun: Command = () => {
    const [d, id] = [s.driver(), name('payout')];
    const from = s.below(4) === 0 ? ('DEPOSIT' as const) : ('PAYABLE' as const);
    const payout: Payout = { d, id, attempt: 1, amount: upTo(300), from, state: 'NEW', allocations: [], reserved: [] };
    s.payouts.push(payout);
    const own = s.below(2) === 0 ? pick(s.incentives.filter((incentive) => incentive.d === d)) : undefined;
    return [begin(payout, own?.id ?? null)];
  };

  const settled: Command = () => {
    const payout = inState('IN_FLIGHT');
    if (!payout) return null;
    const { d, id, attempt, amount } = payout;
    const advance = amount - payout.reserved.reduce((all, [, part]) => all + part, 0);
    return [
      {
        event: `settled ${id}:${attempt}`,
        journal: () =>
          payouts.payoutSettled({ ...whole(payout), reserved: sum(...payout.allocations.map((each) => each.amount)) }),
        lines: () => [
          [`2080:${d}`, amount],
          ['1040', -amount],
        ],
        then: () => {
          payout.state = 'SETTLED';
          reference.endReservation(d, id, true);
          if (payout.from === 'PAYABLE') reference.move(d, [`ADVANCE ${id}`, -advance]);
        },
      },
    ];
  };

  const retried: Command = () => {
    const payout = inState('FAILED');
    if (!payout) return null;
    payout.attempt += 1;
    payout.state = 'NEW';
    return [begin(payout, null)];
  };

  /** What was paid is owed again, an advance that was part of it is none any more. */
  const reversed: Command = () => {
    const payout = inState('SETTLED');
    if (!payout) return null;
    without(s.payouts, payout);
    const { d, id, attempt, amount } = payout;
    const advance = amount - payout.reserved.reduce((all, [, part]) => all + part, 0);
    const paidInAdvance = { kind: 'ADVANCE' as const, source: id, amount: paise(advance) };
    return [
      {
        event: `reversed ${id}:${attempt}`,
        journal: payouts.payoutReversed({ ...whole(payout), allocations: [...payout.allocations, paidInAdvance] }),
        lines: () => [
          ['1040', amount],
          [source(payout), -amount],
        ],
        then: () => {
          const reopened: Line[] = [...payout.reserved, [`ADVANCE ${id}`, advance]];
          if (payout.from === 'PAYABLE') reference.move(d, ...reopened);
        },
      },
    ];
  };

  const late: Command = () => {
    const payout = inState('FAILED');
    if (!payout) return null;
    without(s.payouts, payout);
    const { d, id, attempt, amount, from } = payout;
    const depositBalance = reference.balance(`2010:${d}`);
    const held = from === 'DEPOSIT' ? Math.min(amount, depositBalance) : 0;
    const due = from === 'DEPOSIT' ? amount - held : 0;
    return [
      {
        event: `late ${id}:${attempt}`,
        journal: payouts.payoutLateSuccess({ ...whole(payout), depositBalance: paise(depositBalance) }),
        lines: () => [
          [`2010:${d}`, held],
          [`1070:${d}`, due],
          [`2020:${d}`, amount - held - due],
          ['1040', -amount],
        ],
        then: () => {
          reference.moveDue(d, `OVERPAYMENT ${id}:${attempt}`, due);
          if (from === 'PAYABLE') reference.move(d, [`ADVANCE ${id}:${attempt}`, -amount]);
        },
      },
    ];
  };

  const row: Command = () => {
    const [d, number] = [s.driver(), name('row')];
    const [penalty, incentive] = [upTo(200), upTo(200)];
    const of29 = { ...of(d), batchId: number, row: 1 };
    return [
      {
        event: `penalty of ${number}`,
        journal: payouts.bulkPenalty({ ...of29, amount: paise(penalty) }),
        lines: () => [
          [`2020:${d}`, penalty],
          [`4030:${fleetId}`, -penalty],
        ],
        then: () => reference.move(d, [`ADVANCE ${number}:1`, -penalty]),
      },
      {
        event: `incentive of ${number}`,
        journal: payouts.bulkIncentive({ ...of29, amount: paise(incentive) }),
        lines: () => [
          [`5010:${fleetId}`, incentive],
          [`2020:${d}`, -incentive],
        ],
        then: () => {
          reference.move(d, [`INCENTIVE ${number}:1`, incentive]);
          s.rows.push({ d, batchId: number, penalty, incentive });
        },
      },
    ];
  };

  const rowFailed: Command = () => {
    const known = pick(s.rows);
    if (!known) return null;
    without(s.rows, known);
    const { d, batchId, penalty, incentive } = known;
    const amounts = { penalty: paise(penalty), incentive: paise(incentive) };
    return [
      {
        event: `failed ${batchId}`,
        journal: payouts.bulkRowReversed({ ...of(d), batchId, row: 1, ...amounts }),
        lines: () => [
          [`4030:${fleetId}`, penalty],
          [`2020:${d}`, incentive - penalty],
          [`5010:${fleetId}`, -incentive],
        ],
        then: () => reference.move(d, [`ADVANCE ${batchId}:1`, penalty], [`INCENTIVE ${batchId}:1`, -incentive]),
      },
    ];
  };

  return [begun, begun, settled, () => failPayout(s), retried, reversed, late, row, rowFailed];
};
