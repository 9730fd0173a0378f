import { z } from 'zod';
import type { Tx } from '../../prisma/client.ts';
import { audit } from '../../prisma/audit.ts';
import type { Driver, Prisma } from '../../prisma/generated/client.ts';
import { availableNow, holdFleet, lockedDriver } from '../../prisma/locks.ts';
import { putIntoInbox } from '../../prisma/notifications.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { standingOf } from '../../workflows/domain/trips/dispatch.ts';
import { patch } from '../http/endpoint.ts';
import { ById, requiring, Text, Word } from '../http/shapes.ts';
import { DriverView, kycStatuses, readDriver } from './driver-views.ts';

type KycStatus = (typeof kycStatuses)[number];

/** KYC that waits for a decision, and knows none. */
export const reopened = { kycStatus: 'PENDING', kycRemarks: null, kycReviewedBy: null, kycReviewedAt: null } as const;

/** Tells a driver how their KYC stands. */
export const tellKyc = (
  tx: Tx,
  { userId }: Driver,
  payload: { kycStatus: KycStatus; remarks: string | null },
  cause: string,
): Promise<void> =>
  putIntoInbox(tx, {
    ...{ to: [userId], event: 'driver:kyc_changed', title: `Your KYC is ${payload.kycStatus}` },
    ...{ payload, cause },
  });

/** A decision is made on what waits for one; of two at once the second finds it made. Source: drivers.md, Lifecycle. */
const requireDecidable = (driver: Driver, to: KycStatus): void => {
  const { kycStatus: from } = driver;
  if (from !== 'PENDING' && to !== 'PENDING')
    throw refusal('INVALID_STATE_TRANSITION', { from, to, because: 'set it to PENDING to decide again' });
  if (to !== 'APPROVED') return;
  const missing = [
    ...(driver.sealedAadharNumber ? [] : ['aadharNumber']),
    ...(driver.sealedPanNumber ? [] : ['panNumber']),
    ...(driver.licenseNumber ? [] : ['licenseNumber']),
  ];
  if (missing.length > 0) throw refusal('KYC_INCOMPLETE', { missing });
};

/** What was decided before is nowhere else. */
export const auditKyc = (tx: Tx, actor: Actor, driver: Driver, after: Prisma.InputJsonObject): Promise<void> => {
  const { id: subjectId, kycStatus, kycRemarks, kycReviewedBy } = driver;
  const audited = { action: 'driver.kycChanged', subject: 'driver', subjectId };
  return audit(tx, actor, { ...audited, before: { kycStatus, kycRemarks, kycReviewedBy }, after });
};

/** Who may drive: a driver is no more active than their user and their fleet. */
const isActive = async (tx: Tx, id: string): Promise<boolean> =>
  standingOf(await tx.driver.findUniqueOrThrow({ where: { id }, include: { user: true, fleet: true } })) === 'ACTIVE';

const Decision = z.object({ kycStatus: Word(kycStatuses), remarks: Text(500).optional() });

export const driverKyc = [
  patch('/drivers/:id/kyc', {
    allow: 'drivers:decide-kyc',
    summary: 'Approve or reject the KYC of a driver, or set it back to be decided again',
    says: 'Driver KYC updated successfully',
    params: ById('driver'),
    body: requiring(Decision, 'REJECTED needs `remarks`', ({ kycStatus, remarks }) =>
      String(kycStatus).toUpperCase() === 'REJECTED' && remarks === undefined ? ['remarks'] : [],
    ),
    returns: DriverView,
    refuses: ['INVALID_STATE_TRANSITION', 'KYC_INCOMPLETE'],
    async handle({ driver: { id }, body, actor, db, visible, newId, services }) {
      const { kycStatus, remarks = null } = body;
      await db.$transaction(async (tx) => {
        await holdFleet(tx, { driverId: id });
        const driver = await lockedDriver(tx, id, visible.driver);
        if (driver.kycStatus === kycStatus) return;
        requireDecidable(driver, kycStatus);
        const isFree = kycStatus === 'APPROVED' && (await isActive(tx, id));
        const decided = { kycStatus, kycRemarks: remarks, kycReviewedBy: actor.userId, kycReviewedAt: new Date() };
        await tx.driver.update({
          where: { id },
          data: {
            ...(kycStatus === 'PENDING' ? { ...reopened, kycRemarks: remarks } : decided),
            // Source: drivers.md rule 9.
            ...(isFree ? { isAvailable: await availableNow(tx, id) } : {}),
          },
          select: { id: true },
        });
        await auditKyc(tx, actor, driver, { kycStatus, kycRemarks: remarks });
        await tellKyc(tx, driver, { kycStatus, remarks }, newId('kyc'));
      });
      return readDriver(db, id, services.sealer);
    },
  }),
];
