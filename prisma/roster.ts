import { audit } from './audit.ts';
import type { Author } from './audit.ts';
import type { Tx } from './client.ts';
import type { AssignmentEndReason, Prisma } from './generated/client.ts';
import { putIntoInbox, staffOf } from './notifications.ts';

const withNames = {
  driver: { select: { userId: true, hubId: true, firstName: true, lastName: true } },
  vehicle: { select: { vehicleNumber: true } },
} satisfies Prisma.AssignmentInclude;

type Link = Prisma.AssignmentGetPayload<{ include: typeof withNames }>;

const payloadOf = ({ id, driverId, vehicleId, vehicle, endReason }: Link) => ({
  assignmentId: id,
  driverId,
  vehicleId,
  vehicleNumber: vehicle.vehicleNumber,
  reason: endReason,
});

/** Tells a driver and their staff of their new roster link. */
export const tellLinked = async (tx: Tx, id: string): Promise<void> => {
  const link = await tx.assignment.findUniqueOrThrow({ where: { id }, include: withNames });
  const { driver, vehicle } = link;
  const message = { event: 'assignment:created', payload: payloadOf(link), cause: id };
  await putIntoInbox(
    tx,
    { ...message, to: [driver.userId], title: `Your vehicle is ${vehicle.vehicleNumber}` },
    {
      ...message,
      to: await staffOf(tx, link.fleetId, driver.hubId),
      title: `${driver.firstName} ${driver.lastName} has ${vehicle.vehicleNumber}`,
    },
  );
};

/**
 * Ends roster links, by hand or because one of their ends is not active any more, and tells their drivers and staff. With a fleet
 * its staff goes too, so of its links only the drivers hear.
 */
export const endLinks = async (
  tx: Tx,
  where: Prisma.AssignmentWhereInput,
  endReason: AssignmentEndReason,
  author: Author,
): Promise<void> => {
  const links = await tx.assignment.updateManyAndReturn({
    where: { ...where, status: 'ACTIVE' },
    data: { status: 'ENDED', endTime: new Date(), endReason, endedBy: author.userId },
    include: withNames,
  });
  const ended = { action: 'assignment.ended', subject: 'assignment', after: { endReason } };
  await audit(tx, author, ...links.map(({ id }) => ({ ...ended, subjectId: id })));
  const [first] = links;
  const staff = first && endReason !== 'FLEET_INACTIVE' ? await staffOf(tx, first.fleetId, first.driver.hubId) : [];
  await putIntoInbox(
    tx,
    ...links.map((link) => ({
      event: 'assignment:ended',
      to: [link.driver.userId, ...staff],
      title: `${link.vehicle.vehicleNumber} is no longer driven by ${link.driver.firstName} ${link.driver.lastName}`,
      payload: payloadOf(link),
      cause: link.id,
    })),
  );
};
