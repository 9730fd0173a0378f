import type { Tx } from './client.ts';
import type { Prisma } from './generated/client.ts';
import type { Role } from './generated/enums.ts';

/** Who did it, and in which request; null is somebody who did not prove who they are. */
export interface Author {
  userId: string | null;
  role: string | null;
  requestId: string | null;
}

/** What nobody asked for. */
export const bySystem: Author = { userId: null, role: null, requestId: null };

interface Audited {
  action: string;
  subject: string;
  subjectId: string;
  before?: Prisma.InputJsonObject;
  after?: Prisma.InputJsonObject;
}

/** Writes down who did what, in the transaction that does it. Source: conventions section 15. */
export const audit = async (tx: Tx, { userId, role, requestId }: Author, ...audited: Audited[]): Promise<void> => {
  const author = { actorId: userId, actorRole: role as Role | null, requestId };
  await tx.auditEntry.createMany({ data: audited.map((entry) => ({ ...entry, ...author })) });
};
