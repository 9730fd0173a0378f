import { audit } from './audit.ts';
import type { Author } from './audit.ts';
import type { Tx } from './client.ts';

/** A vehicle that is out of service takes no money by its QR; its process switches it off. Source: collections.md, Lifecycle. */
export const retireQr = async (tx: Tx, vehicleId: string, by: Author): Promise<void> => {
  const [retired] = await tx.virtualAccount.updateManyAndReturn({
    where: { vehicleId, isWanted: true },
    data: { isWanted: false, failureReason: null, version: { increment: 1 } },
    select: { id: true },
  });
  if (!retired) return;
  const audited = { action: 'virtualQr.deactivated', subject: 'virtualQr', subjectId: retired.id };
  await audit(tx, by, { ...audited, before: { isActive: true }, after: { isActive: false } });
};
