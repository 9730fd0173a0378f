import { oldestDues } from '../../../../prisma/dues.ts';
import * as collections from '../../../../workflows/domain/money/journals/collections.ts';
import { depositDuesCleared, depositPaid } from '../../../../workflows/domain/money/journals/deposits.ts';
import * as incentives from '../../../../workflows/domain/money/journals/incentives.ts';
import { reversal } from '../../../../workflows/domain/money/journals/journal.ts';
import * as penalties from '../../../../workflows/domain/money/journals/penalties.ts';
import { paise } from '../../../../workflows/domain/money.ts';
import { opposite, total, without } from './play.ts';
import type { Command, Line, Posting, Reconciled, Season } from './play.ts';

/** Deposits, penalties, incentives and collections. */
export const driverCommands = (s: Season): Command[] => {
  const { reference, fleetId, of, name, upTo, pick } = s;

  const deposit: Command = () => {
    const [d, txnid, amount] = [s.driver(), name('txn'), upTo(500)];
    return [
      {
        event: `deposit ${txnid}`,
        journal: depositPaid({ ...of(d), txnid, amount: paise(amount) }),
        lines: () => [
          ['1020', amount],
          [`2010:${d}`, -amount],
        ],
      },
    ];
  };

  const penalty: Command = () => {
    const [d, id, amount] = [s.driver(), name('penalty'), upTo(400)];
    return [
      {
        event: `penalty ${id}`,
        journal: penalties.penaltyIssued({ ...of(d), penaltyId: id, amount: paise(amount) }),
        lines: () => [
          [`1070:${d}`, amount],
          [`4030:${fleetId}`, -amount],
        ],
        then: () => {
          reference.moveDue(d, `PENALTY ${id}`, amount);
          s.penalties.push({ d, id, amount, fromDeposit: 0 });
        },
      },
    ];
  };

  const deduction: Command = () => {
    const due = pick(s.penalties);
    const open = due ? reference.due(due.d, `PENALTY ${due.id}`) : 0;
    if (!due || open === 0) return null;
    const [seq, amount] = [name('deduction'), upTo(open)];
    return [
      {
        event: seq,
        journal: penalties.penaltyFromDeposit({
          ...{ ...of(due.d), penaltyId: due.id, amount: paise(amount) },
          seq: Number(seq.split('-')[2]),
        }),
        lines: () => [
          [`2010:${due.d}`, amount],
          [`1070:${due.d}`, -amount],
        ],
        then: () => {
          reference.moveDue(due.d, `PENALTY ${due.id}`, -amount);
          due.fromDeposit += amount;
        },
      },
    ];
  };

  const link: Command = () => {
    const due = pick(s.penalties);
    if (!due) return null;
    const [txnid, paid, open] = [name('txn'), upTo(300), reference.due(due.d, `PENALTY ${due.id}`)];
    const settled = Math.min(paid, open);
    const amounts = { paid: paise(paid), openDue: paise(open) };
    return [
      {
        event: `link ${txnid}`,
        journal: penalties.penaltyPaidByLink({ ...of(due.d), penaltyId: due.id, txnid, ...amounts }),
        lines: () => [
          ['1020', paid],
          [`1070:${due.d}`, -settled],
          [`2020:${due.d}`, settled - paid],
        ],
        then: () => {
          reference.moveDue(due.d, `PENALTY ${due.id}`, -settled);
          reference.move(due.d, [`LATE_PAYMENT ${txnid}`, paid - settled]);
          s.payments.push({ d: due.d, txnid, penalty: due, settled, late: paid - settled });
        },
      },
    ];
  };

  const waiver: Command = () => {
    const due = pick(s.penalties);
    if (!due) return null;
    const open = reference.due(due.d, `PENALTY ${due.id}`);
    const owed = due.amount - due.fromDeposit - open;
    without(s.penalties, due);
    const parts = { fromDeposit: paise(due.fromDeposit), netted: paise(owed), paidByLink: paise(0) };
    return [
      {
        event: `waiver ${due.id}`,
        journal: penalties.penaltyWaived({ ...of(due.d), penaltyId: due.id, ...parts, outstanding: paise(open) }),
        lines: () => [
          [`4030:${fleetId}`, due.amount],
          [`2010:${due.d}`, -due.fromDeposit],
          [`2020:${due.d}`, -owed],
          [`1070:${due.d}`, -open],
        ],
        then: () => {
          reference.moveDue(due.d, `PENALTY ${due.id}`, -open);
          reference.move(due.d, [`WAIVER ${due.id}`, owed]);
        },
      },
    ];
  };

  const incentive: Command = () => {
    const [d, id, amount] = [s.driver(), name('incentive'), upTo(300)];
    return [
      {
        event: `incentive ${id}`,
        journal: incentives.incentiveCreated({ ...of(d), incentiveId: id, amount: paise(amount) }),
        lines: () => [
          [`5010:${fleetId}`, amount],
          [`2020:${d}`, -amount],
        ],
        then: () => {
          reference.move(d, [`INCENTIVE ${id}`, amount]);
          s.incentives.push({ d, id, amount });
        },
      },
    ];
  };

  const cancelled: Command = () => {
    const known = pick(s.incentives);
    if (!known) return null;
    without(s.incentives, known);
    const { d, id, amount } = known;
    return [
      {
        event: `cancelled ${id}`,
        journal: incentives.incentiveCancelled({ ...of(d), incentiveId: id, amount: paise(amount) }),
        lines: () => [
          [`2020:${d}`, amount],
          [`5010:${fleetId}`, -amount],
        ],
        then: () => reference.move(d, [`INCENTIVE ${id}`, -amount]),
      },
    ];
  };

  /** Out of a suspense that all collections of the season share, which is guarded. */
  const adjusted: Command = () => {
    const [d, adjustmentId, amount] = [s.driver(), name('adjustment'), s.below(700) - 400];
    if (amount === 0) return null;
    const pool = `pool-${fleetId}`;
    return [
      {
        event: adjustmentId,
        journal: collections.collectionAdjusted({
          ...of(d),
          collectionId: pool,
          adjustmentId,
          amount: paise(amount),
        }),
        lines: () => [
          [`4050:${fleetId}`, amount],
          [`2030:${pool}`, -amount],
        ],
      },
    ];
  };

  const cleared: Command = () => {
    const d = s.driver();
    const settlementId = name('settlement');
    const covers = reference.oldestDues(d, upTo(300));
    if (covers.length === 0) return null;
    const sum = total(covers);
    return [
      {
        event: settlementId,
        journal: async (tx) =>
          depositDuesCleared({ ...of(d), settlementId, dues: await oldestDues(tx, d, paise(sum)) }),
        lines: () => [
          [`2010:${d}`, sum],
          [`1070:${d}`, -sum],
        ],
        then: () => {
          for (const [key, part] of covers) {
            reference.moveDue(d, key, -part);
            const penaltyOf = s.penalties.find(({ id }) => key === `PENALTY ${id}`);
            if (penaltyOf) penaltyOf.fromDeposit += part;
          }
        },
      },
    ];
  };

  const netting = (known: Reconciled, limit: number): Posting => {
    const { d, id } = known;
    return {
      event: `netted ${id}`,
      journal: async (tx) =>
        collections.duesNetted({
          ...{ ...of(d), collectionId: id, version: 1 },
          dues: await oldestDues(tx, d, paise(limit)),
        }),
      lines: () => {
        known.covers = reference.oldestDues(d, limit);
        return [
          [`2020:${d}`, total(known.covers)],
          [`1070:${d}`, -total(known.covers)],
        ];
      },
      then: () => {
        for (const [key, part] of known.covers) reference.moveDue(d, key, -part);
        reference.move(d, [`COLLECTION ${id}`, -total(known.covers)]);
      },
    };
  };

  /** Money comes in, is divided, and pays the oldest dues, the shortage of this very collection among them. */
  const reconciled: Command = () => {
    const [d, id, received] = [s.driver(), name('collection'), upTo(500)];
    const shortage = s.below(2) * upTo(100);
    const share = upTo(received + shortage);
    const collection = { ...of(d), collectionId: id, version: 1 };
    const amounts = { total: paise(received), recoveredShortage: paise(shortage), share: paise(share) };
    const division: Line[] = [
      [`2030:${id}`, received],
      [`1070:${d}`, shortage],
      [`2020:${d}`, -share],
      [`4020:${fleetId}`, share - received - shortage],
    ];
    const known: Reconciled = { d, id, share, shortage, division, covers: [] };
    const hasDues = shortage > 0 || reference.dues(d).length > 0;
    return [
      {
        event: `received ${id}`,
        journal: collections.qrCollected({ ...collection, creditId: id, amount: paise(received) }),
        lines: () => [
          ['1030', received],
          [`2030:${id}`, -received],
        ],
      },
      {
        event: `divided ${id}`,
        journal: collections.collectionReconciled({ ...collection, ...amounts }),
        lines: () => division,
        then: () => {
          reference.moveDue(d, `REVENUE_SHORTAGE ${id}`, shortage);
          reference.move(d, [`COLLECTION ${id}`, share]);
          s.reconciled.push(known);
        },
      },
      ...(hasDues ? [netting(known, upTo(share))] : []),
    ];
  };

  /** A correction takes the netting and the division back. The money stays in suspense. */
  const corrected: Command = () => {
    const known = pick(s.reconciled);
    if (!known) return null;
    const { d, id, share, shortage, covers } = known;
    const own = total(covers.filter(([key]) => key === `REVENUE_SHORTAGE ${id}`));
    const isWaived = covers.some(
      ([key]) => key.startsWith('PENALTY') && !s.penalties.some((penaltyOf) => key === `PENALTY ${penaltyOf.id}`),
    );
    if (isWaived || reference.due(d, `REVENUE_SHORTAGE ${id}`) + own !== shortage) return null;
    without(s.reconciled, known);
    const back = (event: string, lines: Line[], then: () => void): Posting => ({
      event: `back: ${event}`,
      journal: (_, posted) => reversal(posted.get(event)!, of(d)),
      lines: () => opposite(lines),
      then,
    });
    const division = back(`divided ${id}`, known.division, () => {
      reference.moveDue(d, `REVENUE_SHORTAGE ${id}`, -shortage);
      reference.move(d, [`COLLECTION ${id}`, -share]);
    });
    if (covers.length === 0) return [division];
    const netted: Line[] = [
      [`2020:${d}`, total(covers)],
      [`1070:${d}`, -total(covers)],
    ];
    const dues = back(`netted ${id}`, netted, () => {
      for (const [key, part] of covers) reference.moveDue(d, key, part);
      reference.move(d, [`COLLECTION ${id}`, total(covers)]);
    });
    return [dues, division];
  };

  return [
    ...[deposit, deposit, penalty, penalty, deduction, link, waiver, incentive, incentive, cancelled],
    ...[adjusted, cleared, reconciled, reconciled, corrected],
  ];
};
