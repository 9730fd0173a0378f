import type { DueKind, Journal } from '../../../../workflows/domain/money/journals/journal.ts';
import * as orders from '../../../../workflows/domain/money/journals/orders.ts';
import { badDebt } from '../../../../workflows/domain/money/journals/penalties.ts';
import * as receipts from '../../../../workflows/domain/money/journals/receipts.ts';
import * as refunds from '../../../../workflows/domain/money/journals/refunds.ts';
import { rentalCharged } from '../../../../workflows/domain/money/journals/rentals.ts';
import { paise } from '../../../../workflows/domain/money.ts';
import { opposite, total, without } from './play.ts';
import type { Begun, Command, Line, Posting, Season } from './play.ts';

const nothing = { isAsLeft: () => true, move: () => undefined };

/** What the platform gives back or loses: refunds, chargebacks, bad debts; and money that belongs to nobody at first. */
export const refundCommands = (s: Season): Command[] => {
  const { reference, fleetId, of, name, upTo, pick, below } = s;

  const order: Command = () => {
    const id = name('order');
    const [accepted, excess] = [upTo(300), below(2) * upTo(50)];
    s.orders.push({ id, income: 0 });
    return [
      {
        event: `paid ${id}`,
        journal: orders.orderPaid({
          ...{ occurredAt: new Date().toISOString(), orderId: id, fleetId, creditId: id },
          ...{ accepted: paise(accepted), excess: paise(excess) },
        }),
        lines: () => [
          ['1030', accepted + excess],
          [`2050:${id}`, -accepted],
          [`2060:${id}`, -excess],
        ],
      },
    ];
  };

  const completed: Command = () => {
    const known = pick(s.orders.filter(({ id, income }) => income === 0 && reference.balance(`2050:${id}`) > 0));
    if (!known) return null;
    const amount = reference.balance(`2050:${known.id}`);
    known.income = amount;
    return [
      {
        event: `completed ${known.id}`,
        journal: orders.orderCompleted({ ...of(s.driver()), orderId: known.id, total: paise(amount) }),
        lines: () => [
          [`2050:${known.id}`, amount],
          [`4040:${fleetId}`, -amount],
        ],
      },
    ];
  };

  const rental: Command = () => {
    const [d, id, amount] = [s.driver(), name('rental'), upTo(400)];
    s.rentals.push({ d, id });
    return [
      {
        event: `charged ${id}`,
        journal: rentalCharged({ ...of(d), rentalId: id, txnid: id, amount: paise(amount) }),
        lines: () => [
          ['1020', amount],
          [`2070:${id}`, -amount],
        ],
      },
    ];
  };

  /** Parts of an order, sometimes more than there is of it. */
  const partsOf = ({ id }: { id: string }) => {
    const most = (code: number) => below(reference.balance(`${code}:${id}`) + 20);
    const [excess, collected, income] = [most(2060), most(2050), 1 + below(20)];
    const parts = { orderId: id, fleetId, excess: paise(excess), collected: paise(collected), income: paise(income) };
    const lines: Line[] = [
      [`2060:${id}`, excess],
      [`2050:${id}`, collected],
      [`4040:${fleetId}`, income],
    ];
    return { parts, lines };
  };

  /** Begins what may fail later: a refund, or a chargeback. */
  const begin = (list: Begun[], begun: Omit<Begun, 'amount'>, journal: Journal): Posting[] => {
    const whole = { ...begun, amount: total(begun.lines.filter(([, amount]) => amount > 0)) };
    return [
      {
        ...{ event: begun.event, journal, lines: () => begun.lines },
        then: () => {
          begun.move(1);
          list.push(whole);
        },
      },
    ];
  };

  const refund = (
    d: string,
    what: refunds.RefundOf,
    from: Line[],
    rest: Pick<Begun, 'isAsLeft' | 'move'> = nothing,
  ) => {
    const id = name('refund');
    const lines: Line[] = [...from, ['2090', -total(from)]];
    const journal = refunds.pgRefundInitiated({ ...of(d), refundId: id, parts: [what] });
    return begin(s.refunds, { ...{ id, event: id, lines }, ...rest }, journal);
  };

  const refundOfDeposit: Command = () => {
    const [d, amount] = [s.driver(), upTo(200)];
    return refund(d, { of: 'DEPOSIT', amount: paise(amount) }, [[`2010:${d}`, amount]]);
  };

  const refundOfRental: Command = () => {
    const known = pick(s.rentals);
    if (!known) return null;
    const { d, id } = known;
    const [rest, earned] = [reference.balance(`2070:${id}`), upTo(50)];
    const isWhole = below(2) === 0;
    const part = { of: 'RENTAL_PART' as const, amount: paise(earned) };
    const whole = { of: 'RENTAL' as const, rentalId: id, rest: paise(rest), earned: paise(earned) };
    return refund(d, isWhole ? whole : part, [
      [`2070:${id}`, isWhole ? rest : 0],
      [`4010:${fleetId}`, earned],
    ]);
  };

  const refundOfPenalty: Command = () => {
    const payment = pick(s.payments.filter(({ settled, penalty }) => settled > 0 && s.penalties.includes(penalty)));
    if (!payment) return null;
    const { d, penalty } = payment;
    const [key, amount] = [`PENALTY ${penalty.id}`, upTo(payment.settled)];
    return refund(d, { of: 'PENALTY', penaltyId: penalty.id, amount: paise(amount) }, [[`1070:${d}`, amount]], {
      isAsLeft: () => s.penalties.includes(penalty) && reference.due(d, key) >= amount,
      move(sign) {
        reference.moveDue(d, key, sign * amount);
        payment.settled -= sign * amount;
      },
    });
  };

  const refundOfLatePayment: Command = () => {
    const payment = pick(s.payments.filter(({ late }) => late > 0));
    if (!payment) return null;
    const { d, txnid } = payment;
    const amount = upTo(payment.late);
    return refund(d, { of: 'LATE_PAYMENT', source: txnid, amount: paise(amount) }, [[`2020:${d}`, amount]], {
      isAsLeft: () => true,
      move(sign) {
        reference.move(d, [`LATE_PAYMENT ${txnid}`, -sign * amount]);
        payment.late -= sign * amount;
      },
    });
  };

  const refundOfOrder: Command = () => {
    const known = pick(s.orders);
    if (!known) return null;
    const id = name('refund');
    const { parts, lines } = partsOf(known);
    const journal = refunds.orderRefundInitiated({ ...of(s.driver()), ...parts, refundId: id });
    return begin(s.refunds, { ...{ id, event: id, lines: [...lines, ['2090', -total(lines)]] }, ...nothing }, journal);
  };

  const refundPaid: Command = () => {
    const known = pick(s.refunds);
    if (!known) return null;
    without(s.refunds, known);
    const { id, amount } = known;
    const paidFrom = ([1020, 1030, 1040] as const)[below(3)]!;
    return [
      {
        event: `paid ${id}`,
        journal: refunds.refundSettled({ ...of(s.driver()), refundId: id, amount: paise(amount), paidFrom }),
        lines: () => [
          ['2090', amount],
          [String(paidFrom), -amount],
        ],
      },
    ];
  };

  const undone = (list: Begun[], mirrorOf: typeof refunds.refundFailed): Posting[] | null => {
    const known = pick(list.filter(({ isAsLeft }) => isAsLeft()));
    if (!known) return null;
    without(list, known);
    const { event, lines, move } = known;
    return [
      {
        event: `undone ${event}`,
        journal: (_, posted) => mirrorOf(posted.get(event)!, of(s.driver())),
        lines: () => opposite(lines),
        then: () => move(-1),
      },
    ];
  };
  const refundFailed: Command = () => undone(s.refunds, refunds.refundFailed);
  const chargebackWon: Command = () => undone(s.chargebacks, refunds.chargebackWon);

  const chargeback: Command = () => {
    const [d, caseId, amount] = [s.driver(), name('case'), upTo(300)];
    const clearing = ([1020, 1030] as const)[below(2)]!;
    const balance = reference.balance(`2010:${d}`);
    const isOfDeposit = below(2) === 0;
    const held = isOfDeposit ? Math.min(amount, balance) : 0;
    const theCase = { ...of(d), caseId, clearing, amount: paise(amount) };
    const journal = isOfDeposit
      ? refunds.depositChargeback({ ...theCase, depositBalance: paise(balance) })
      : refunds.driverChargeback(theCase);
    const lines: Line[] = [
      [`2010:${d}`, held],
      [`1070:${d}`, amount - held],
      [String(clearing), -amount],
    ];
    const due = {
      isAsLeft: () => reference.due(d, `CHARGEBACK ${caseId}`) === amount - held,
      move: (sign: 1 | -1) => reference.moveDue(d, `CHARGEBACK ${caseId}`, sign * (amount - held)),
    };
    return begin(s.chargebacks, { ...{ id: caseId, event: caseId, lines }, ...due }, journal);
  };

  const orderChargeback: Command = () => {
    const known = pick(s.orders);
    if (!known) return null;
    const caseId = name('case');
    const { parts, lines } = partsOf(known);
    const journal = refunds.orderChargeback({ ...of(s.driver()), ...parts, caseId, clearing: 1030 });
    const all: Line[] = [...lines, ['1030', -total(lines)]];
    return begin(s.chargebacks, { ...{ id: caseId, event: caseId, lines: all }, ...nothing }, journal);
  };

  /** An open due of a driver, with a part of it. */
  const someDue = (d: string) => {
    const due = pick(reference.dues(d));
    if (!due) return null;
    const [kind, source] = due.key.split(' ') as [DueKind, string];
    return { key: due.key, kind, source, amount: upTo(due.open) };
  };

  const givenUp: Command = () => {
    const [d, approvalId] = [s.driver(), name('approval')];
    const due = someDue(d);
    if (!due) return null;
    return [
      {
        event: approvalId,
        journal: badDebt({ ...of(d), approvalId, due: { ...due, amount: paise(due.amount) } }),
        lines: () => [
          [`5040:${fleetId}`, due.amount],
          [`1070:${d}`, -due.amount],
        ],
        then: () => reference.moveDue(d, due.key, -due.amount),
      },
    ];
  };

  const received: Command = () => {
    const [creditId, amount] = [name('credit'), upTo(300)];
    const receipt = { occurredAt: new Date().toISOString(), amount: paise(amount) };
    const journal =
      below(2) === 0
        ? receipts.qrUnattributed({ ...receipt, creditId })
        : receipts.amountMismatch({ ...receipt, gatewayEventId: creditId, clearing: 1030 });
    return [
      {
        ...{ event: creditId, journal },
        lines: () => [
          ['1030', amount],
          ['2040', -amount],
        ],
      },
    ];
  };

  const resolved: Command = () => {
    const [d, receiptId, amount] = [s.driver(), name('receipt'), upTo(200)];
    const [due, rentalPaid] = [someDue(d), pick(s.rentals)];
    const choices: { to: receipts.Resolution; account: string; amount: number; then?: () => void }[] = [
      { to: { as: 'DEPOSIT', driverId: d }, account: `2010:${d}`, amount },
      {
        ...{ to: { as: 'LATE_PAYMENT', driverId: d }, account: `2020:${d}`, amount },
        then: () => reference.move(d, [`LATE_PAYMENT ${receiptId}`, amount]),
      },
      { to: { as: 'REFUND' }, account: '2090', amount },
    ];
    if (rentalPaid)
      choices.push({ to: { as: 'RENTAL', rentalId: rentalPaid.id }, account: `2070:${rentalPaid.id}`, amount });
    if (due)
      choices.push({
        ...{
          to: { as: 'DUES', driverId: d, dues: [{ ...due, amount: paise(due.amount) }] },
          account: `1070:${d}`,
          amount: due.amount,
        },
        then: () => reference.moveDue(d, due.key, -due.amount),
      });
    const choice = pick(choices)!;
    return [
      {
        event: receiptId,
        journal: receipts.unattributedResolved({ ...of(d), receiptId, amount: paise(choice.amount), to: choice.to }),
        lines: () => [
          ['2040', choice.amount],
          [choice.account, -choice.amount],
        ],
        ...(choice.then ? { then: choice.then } : {}),
      },
    ];
  };

  return [
    ...[order, completed, rental, refundOfDeposit, refundOfRental, refundOfPenalty, refundOfLatePayment, refundOfOrder],
    ...[refundPaid, refundPaid, refundFailed, chargeback, orderChargeback, chargebackWon, givenUp, received, resolved],
  ];
};
