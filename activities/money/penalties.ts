import { randomUUID } from 'node:crypto';
import { audit, bySystem } from '../../prisma/audit.ts';
import type { Author } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import { remarksOf } from '../../prisma/command-texts.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { availableNow, lockDrivers } from '../../prisma/locks.ts';
import { putIntoInbox, staffOf } from '../../prisma/notifications.ts';
import { voidLink } from '../../prisma/penalties.ts';
import { post } from '../../prisma/post.ts';
import { changePeriods } from '../../prisma/rentals.ts';
import { endLinks } from '../../prisma/roster.ts';
import type { Change } from '../../workflows/domain/commands.ts';
import { penaltyWaived } from '../../workflows/domain/money/journals/penalties.ts';
import { penaltyRecord } from '../../workflows/domain/money/penalty-record.ts';
import type { penaltyRules } from '../../workflows/domain/money/penalty-record.ts';
import { isSanction, penaltyFacts, statusUnder } from '../../workflows/domain/money/penalties.ts';
import type { LiftPenalty, PenaltyFacts, ReviewPenalty, WaivePenalty } from '../../workflows/domain/money/penalties.ts';
import { allCancelled, paused, resumed } from '../../workflows/domain/money/rental-periods.ts';
import type { SubscriptionFacts } from '../../workflows/domain/money/rentals.ts';
import { paise, rupeeText, sum } from '../../workflows/domain/money.ts';
import type { Paise } from '../../workflows/domain/money.ts';
import { ms } from '../../workflows/domain/time.ts';
import { commits, upkeep } from '../records.ts';
import type { Deps, Effect, Effects, Rows } from '../records.ts';
import { withoutWaived } from './collections/share-out.ts';
import { restoreDeposit, settleDeposit } from './deposit-settlements.ts';
import type { PayoutDeps } from './deposit-settlements.ts';

type PenaltyChange<Command = unknown> = Change<PenaltyFacts, Command>;
type PenaltyEffect<Command> = Effect<PenaltyFacts, Command>;

const penaltyRows: Rows<PenaltyFacts> = {
  table: 'penalties',
  events: 'penalty_events',
  key: 'penaltyId',
  hasPlace: false,
  read: async (db, id) => penaltyFacts(await db.penalty.findUniqueOrThrow({ where: { id } })),
  async isDone(db, penaltyId, commandId) {
    const key = { penaltyId_commandId: { penaltyId, commandId } };
    return (await db.penaltyEvent.findUnique({ where: key, select: { id: true } })) !== null;
  },
  changes: ({ set: { status, outstandingPaise, depositSettledAt, settlementWaitsFor } }) => ({
    columns: { status, outstandingPaise, depositSettledAt, settlementWaitsFor },
    set: {},
  }),
};

/** A sanction begins: its driver is taken off the roster, and shift and trips hear of it. A blacklisting settles the deposit. */
const imposeSanction =
  (payouts: PayoutDeps): PenaltyEffect<object> =>
  async (tx, change, write) => {
    await lockDrivers(tx, [change.facts.driverId]);
    const isInForce = change.set.status === 'IN_FORCE';
    const isSettling = isInForce && change.facts.type === 'BLACKLIST';
    const set = isSettling ? await settleDeposit(tx, change.facts, change.at, payouts) : {};
    const written = await write({ set });
    if (!isInForce) return written;
    const driver = await driverOf(tx, change);
    await setStanding(tx, change, driver, statusUnder(await inForce(tx, driver.id), driver.sanctionByHand));
    await stopRental(tx, change);
    await tellDriver(tx, change, driver.userId, 'suspension:started');
    return written;
  };

/** Settles a deposit that could not be settled when its driver was blacklisted. */
const settle =
  (payouts: PayoutDeps): PenaltyEffect<object> =>
  async (tx, { facts, at }, write) => {
    await lockDrivers(tx, [facts.driverId]);
    const set = await settleDeposit(tx, facts, at, payouts);
    return write({ set });
  };

/** A suspension is over: by itself, or early. */
const endSanction: PenaltyEffect<object | LiftPenalty> = async (tx, change, write) => {
  await lockDrivers(tx, [change.facts.driverId]);
  const written = await write();
  await release(tx, change);
  await auditCommand(tx, change, 'penalty.lifted');
  return written;
};

/** Gives back what was paid, each part to where it came from, and lets the driver drive who was kept from it. Rules 10 and 11. */
const waivePenalty =
  (tolerance: Paise): PenaltyEffect<WaivePenalty> =>
  async (tx, change, write) => {
    const { facts, command, at } = change;
    await lockDrivers(tx, [facts.driverId]);
    const waiverReason = await remarksOf(tx, command.textId);
    const written = await write({ columns: { waivedBy: command.by.userId, waivedAt: at, waiverReason } });
    if (facts.type === 'MONETARY') await giveBack(tx, change, tolerance);
    if (isSanction(facts)) await release(tx, change);
    if (facts.type === 'BLACKLIST') await restoreDeposit(tx, facts, authorOf(change));
    const { userId } = await tx.driver.findUniqueOrThrow({ where: { id: facts.driverId }, select: { userId: true } });
    await tellDriver(tx, change, userId, 'penalty:waived');
    await auditCommand(tx, change, 'penalty.waived');
    return written;
  };

const reviewPenalty: PenaltyEffect<ReviewPenalty> = async (tx, change, write) => {
  const { by, textId } = change.command;
  const reviewNotes = await remarksOf(tx, textId);
  const written = await write({ columns: { reviewedBy: by.userId, reviewedAt: change.at, reviewNotes } });
  await auditCommand(tx, change, 'penalty.reviewed');
  return written;
};

const effectsWith = (tolerance: Paise, payouts: PayoutDeps): Effects<PenaltyFacts, typeof penaltyRules> => ({
  impose: imposeSanction(payouts),
  settle: settle(payouts),
  end: endSanction,
  lift: endSanction,
  waive: waivePenalty(tolerance),
  review: reviewPenalty,
});

/** Everything that happens to a penalty after it was made, as commits. Source: payments.md, rules 7 to 12. */
export const penaltyActivities = ({
  varianceTolerancePaise,
  payouts,
  ...deps
}: Deps & { varianceTolerancePaise: Paise; payouts: PayoutDeps }) => {
  const commands = commits(deps, penaltyRecord, penaltyRows, effectsWith(varianceTolerancePaise, payouts));
  return { ...commands, ...upkeep(deps, penaltyRecord, penaltyRows, commands, {}) };
};

const withSurroundings = { user: true, fleet: true } satisfies Prisma.DriverInclude;
type DriverRow = Prisma.DriverGetPayload<{ include: typeof withSurroundings }>;

const driverOf = (tx: Tx, { facts }: PenaltyChange): Promise<DriverRow> =>
  tx.driver.findUniqueOrThrow({ where: { id: facts.driverId }, include: withSurroundings });

const inForce = (tx: Tx, driverId: string) =>
  tx.penalty.findMany({
    where: { driverId, status: 'IN_FORCE', type: { in: ['SUSPENSION', 'BLACKLIST'] } },
    select: { type: true },
  });

/** Who gave the command, and otherwise the system. */
const authorOf = ({ command }: PenaltyChange): Author => (command as { by?: Author }).by ?? bySystem;

/** Sets the status of a driver, and what follows from it. Shift and trips are told by whoever waits for this, and by the schedule. */
const setStanding = async (
  tx: Tx,
  change: PenaltyChange,
  driver: DriverRow,
  status: DriverRow['status'],
): Promise<void> => {
  if (status === driver.status) return;
  const { id, fleetId, hubId, userId } = driver;
  const isAvailable = status === 'ACTIVE' && (await availableNow(tx, id));
  await tx.driver.update({ where: { id }, data: { status, statusReason: null, isAvailable }, select: { id: true } });
  if (status !== 'ACTIVE') await endLinks(tx, { driverId: id }, 'DRIVER_STATUS', authorOf(change));
  const audited = { action: 'driver.statusChanged', subject: 'driver', subjectId: id };
  await audit(tx, authorOf(change), { ...audited, before: { status: driver.status }, after: { status } });
  await putIntoInbox(tx, {
    to: [userId, ...(await staffOf(tx, fleetId, hubId))],
    event: 'driver:status_changed',
    title: `${driver.firstName} ${driver.lastName} is ${status}`,
    payload: { driverId: id, status },
    cause: `${change.facts.penaltyId}:${change.facts.version}`,
  });
};

/** What was in force is not any more: the driver is as the other sanctions say, unless somebody has let them drive meanwhile. */
const release = async (tx: Tx, change: PenaltyChange): Promise<void> => {
  if (change.facts.status !== 'IN_FORCE') return;
  const driver = await driverOf(tx, change);
  const under = statusUnder(await inForce(tx, driver.id), driver.sanctionByHand);
  // A driver is no more active than their user and their fleet.
  const isHeldBack = !driver.user.isActive || driver.fleet.status !== 'ACTIVE';
  const status = under === 'ACTIVE' && isHeldBack ? 'INACTIVE' : under;
  if (driver.status === 'SUSPENDED' || driver.status === 'BLACKLISTED') {
    await setStanding(tx, change, driver, status);
    const goesOn = ({ periods }: SubscriptionFacts) =>
      under === 'ACTIVE' ? resumed(periods, 'SANCTION', ms(change.at)) : null;
    await changePeriods(tx, driver.id, goesOn, changing(change));
  }
  if (status !== 'ACTIVE') return;
  await tellDriver(tx, change, driver.userId, 'suspension:ended');
};

const changing = (change: PenaltyChange) => ({ at: change.at, by: authorOf(change).userId, reason: change.facts.type });

/** A suspension keeps what is left of the rent; who is blacklisted gets it back pro rata. Rules 7 and 9. */
const stopRental = (tx: Tx, change: PenaltyChange): Promise<void> => {
  const { driverId, type } = change.facts;
  const nowMs = ms(change.at);
  const stopped = ({ periods }: SubscriptionFacts) =>
    type === 'BLACKLIST' ? allCancelled(periods, nowMs) : paused(periods, 'SANCTION', nowMs);
  return changePeriods(tx, driverId, stopped, changing(change));
};

const happened = ({ facts: { driverId, fleetId }, at, command }: PenaltyChange) => {
  const { userId } = authorOf({ command } as PenaltyChange);
  return { driverId, fleetId, occurredAt: at, ...(userId ? { by: userId } : {}) };
};

/** What a collection took that is not paid yet goes back into that collection; all else goes back to where it came from. Rule 10. */
const giveBack = async (tx: Tx, change: PenaltyChange, tolerance: Paise): Promise<void> => {
  const { penaltyId, shortId, driverId, fleetId, depositPaise, linkPaidPaise } = change.facts;
  const by = authorOf(change).userId!;
  const anew = await withoutWaived(tx, { driverId, penaltyId, at: change.at, by, tolerance });
  const nettedPaise = paise(change.facts.nettedPaise - anew.freed);
  const outstandingPaise = sum(change.facts.outstandingPaise, anew.freed);
  if (anew.freed > 0) await tx.penalty.update({ where: { id: penaltyId }, data: { nettedPaise } });
  await post(
    tx,
    penaltyWaived({
      ...{ ...happened(change), penaltyId, fromDeposit: depositPaise, netted: nettedPaise },
      ...{ paidByLink: linkPaidPaise, outstanding: outstandingPaise },
    }),
  );
  await anew.reconcileAnew();
  await voidLink(tx, penaltyId, 'WAIVED');
  const returned = sum(depositPaise, nettedPaise, linkPaidPaise);
  if (returned === 0) return;
  await tx.transaction.create({
    data: {
      ...{ id: randomUUID(), penaltyId, driverId, fleetId },
      ...{ type: 'PENALTY', direction: 'CREDIT', status: 'SUCCESS', statusReason: 'WAIVED', amountPaise: returned },
      description: `Penalty ${shortId} waived`,
    },
  });
};

const tellDriver = async (
  tx: Tx,
  { facts, set }: PenaltyChange,
  userId: string,
  event: 'suspension:started' | 'suspension:ended' | 'penalty:waived',
): Promise<void> => {
  const { penaltyId, shortId, type, endsAt, version } = facts;
  const titles = {
    'suspension:started': 'You may not drive for the present',
    'suspension:ended': 'You may drive again',
    'penalty:waived': `Penalty ${shortId} was waived`,
  };
  const given = sum(facts.depositPaise, facts.nettedPaise, facts.linkPaidPaise, facts.outstandingPaise);
  await putIntoInbox(tx, {
    to: [userId],
    event,
    title: titles[event],
    payload: { penaltyId, type, status: set.status ?? null, amount: rupeeText(given), until: endsAt },
    cause: `${penaltyId}:${version}`,
  });
};

/** What staff does is audited; what happens by itself stands in the events. */
const auditCommand = async (tx: Tx, change: PenaltyChange, action: string): Promise<void> => {
  const author = authorOf(change);
  if (author === bySystem) return;
  const { facts, set } = change;
  const after = { status: set.status ?? facts.status };
  await audit(tx, author, {
    action,
    subject: 'penalty',
    subjectId: facts.penaltyId,
    before: { status: facts.status },
    after,
  });
};
