import type { Tx } from '../prisma/client.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import type { Caller } from './http/scope.ts';

interface Audited {
  action: string;
  subject: string;
  subjectId: string;
  before?: Prisma.InputJsonObject;
  after?: Prisma.InputJsonObject;
}

/** Writes down who did what, in the transaction that does it. Source: conventions section 15. */
export const audit = async (
  tx: Tx,
  by: { caller: Pick<Caller, 'userId' | 'role'> | null; requestId: string },
  audited: Audited,
): Promise<void> => {
  await tx.auditEntry.create({
    data: {
      ...audited,
      actorId: by.caller?.userId ?? null,
      actorRole: by.caller?.role ?? null,
      requestId: by.requestId,
    },
  });
};
