import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { DriverDue, DueWriteOff } from '../../prisma/generated/client.ts';
import { lockDrivers } from '../../prisma/locks.ts';
import { post } from '../../prisma/post.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import type { DueKind } from '../../workflows/domain/money/journals/journal.ts';
import { badDebt } from '../../workflows/domain/money/journals/penalties.ts';
import { paise, rupeeText } from '../../workflows/domain/money.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { instant } from '../../workflows/domain/time.ts';

export interface ApproveWriteOff {
  writeOffId: string;
  by: Actor;
}

export type WriteOffOutcome = DueWriteOff['status'];

/** A write-off with its due, which nobody pays or changes meanwhile. Throws NOT_FOUND. */
const locked = async (tx: Tx, id: string): Promise<DueWriteOff & { due: DriverDue }> => {
  const known = await tx.dueWriteOff.findUnique({ where: { id }, include: { due: true } });
  if (!known) throw refusal('NOT_FOUND', { resource: 'writeOff' });
  await lockDrivers(tx, [known.due.driverId]);
  return tx.dueWriteOff.findUniqueOrThrow({ where: { id }, include: { due: true } });
};

/** Who approves is another person, in office, and above the fleet or its administrator. */
const requireSecondPerson = async (tx: Tx, { createdBy, due }: DueWriteOff & { due: DriverDue }, userId: string) => {
  const where = {
    id: userId,
    isActive: true,
    OR: [{ role: 'SUPER_ADMIN' as const }, { fleetId: due.fleetId, role: 'FLEET_ADMIN' as const }],
  };
  if (userId === createdBy || (await tx.user.count({ where })) === 0) throw refusal('SECOND_PERSON_REQUIRED');
};

const lapse = async (tx: Tx, id: string): Promise<WriteOffOutcome> =>
  (await tx.dueWriteOff.update({ where: { id }, data: { status: 'LAPSED' } })).status;

export const writeOffActivities = ({ db }: { db: Db }) => ({
  /**
   * Writes off what is open of the due by now. Safe to retry: what is over stays as it is. A due that was closed otherwise leaves
   * nothing to write off, and the write-off lapses.
   */
  approveWriteOff: ({ writeOffId, by }: ApproveWriteOff): Promise<WriteOffOutcome> =>
    db.$transaction(async (tx) => {
      const writeOff = await locked(tx, writeOffId);
      const { id, status, due } = writeOff;
      if (status !== 'WAITING') return status;
      await requireSecondPerson(tx, writeOff, by.userId);
      if (due.outstandingPaise === 0n) return lapse(tx, id);
      const amount = paise(Number(due.outstandingPaise));
      const { driverId, fleetId, source } = due;
      const kind = due.kind as DueKind;
      const approvedAt = new Date();
      const { journalId } = await post(
        tx,
        badDebt({
          ...{ approvalId: id, driverId, fleetId, by: by.userId, due: { kind, source, amount } },
          occurredAt: instant(approvedAt.getTime()),
        }),
      );
      await audit(tx, by, {
        ...{ action: 'due.writtenOff', subject: 'dueWriteOff', subjectId: id, before: { open: rupeeText(amount) } },
        after: { dueId: String(due.id), journalId },
      });
      const approval = { approvedBy: by.userId, approvedAt, amountPaise: amount, journalId: BigInt(journalId) };
      return (await tx.dueWriteOff.update({ where: { id }, data: { status: 'APPROVED', ...approval } })).status;
    }),

  /** Lets a write-off lapse if its due was closed otherwise. Safe to retry: what is over stays as it is. */
  lapseWriteOff: (writeOffId: string): Promise<WriteOffOutcome> =>
    db.$transaction(async (tx) => {
      const { id, status, due } = await locked(tx, writeOffId);
      return status === 'WAITING' && due.outstandingPaise === 0n ? lapse(tx, id) : status;
    }),
});

export type WriteOffActivities = ReturnType<typeof writeOffActivities>;
