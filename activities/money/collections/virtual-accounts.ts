import { audit } from '../../../prisma/audit.ts';
import type { Db } from '../../../prisma/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { virtualAccountFacts } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import type { VirtualAccountFacts } from '../../../workflows/domain/money/collections/virtual-accounts.ts';

/** Whether an account should take money from now on; null leaves that as it is, and lets one that the gateway refused be asked for again. */
export interface WantAccount {
  id: string;
  isWanted: boolean | null;
  by: Actor;
}

export const virtualAccountActivities = ({ db }: { db: Db }) => ({
  /** Marks the account as begun. Safe to retry: it keeps the first mark. */
  async begin(id: string): Promise<VirtualAccountFacts> {
    await db.virtualAccount.updateMany({ where: { id, begunAt: null }, data: { begunAt: new Date() } });
    return virtualAccountFacts(await db.virtualAccount.findUniqueOrThrow({ where: { id } }));
  },

  /** The account as it is by now. */
  read: async (id: string): Promise<VirtualAccountFacts> =>
    virtualAccountFacts(await db.virtualAccount.findUniqueOrThrow({ where: { id } })),

  /** Writes down what is wanted of the account. Safe to retry: wanted is wanted. */
  want: ({ id, isWanted, by }: WantAccount): Promise<VirtualAccountFacts> =>
    db.$transaction(async (tx) => {
      const row = await tx.virtualAccount.findUniqueOrThrow({ where: { id } });
      const status = row.status === 'FAILED' ? 'CREATING' : row.status;
      const wanted = isWanted ?? row.isWanted;
      if (status === row.status && wanted === row.isWanted && !row.failureReason) return virtualAccountFacts(row);
      const data = { status, isWanted: wanted, failureReason: null, version: { increment: 1 } };
      const changed = await tx.virtualAccount.update({ where: { id }, data });
      if (wanted !== row.isWanted)
        await audit(tx, by, {
          ...{ action: wanted ? 'virtualQr.activated' : 'virtualQr.deactivated', subject: 'virtualQr', subjectId: id },
          ...{ before: { isActive: row.isWanted }, after: { isActive: wanted } },
        });
      return virtualAccountFacts(changed);
    }),
});

export type VirtualAccountActivities = ReturnType<typeof virtualAccountActivities>;
