import { randomUUID } from 'node:crypto';
import { dayMs } from '../../../workflows/domain/time.ts';
import { db } from '../../world/database.ts';
import type { Cast, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

/** A message in the inbox of a user. */
export const aMessage = (
  userId: string,
  about: { createdAt?: Date; readAt?: Date; channels?: ('INBOX' | 'PUSH')[] } = {},
) => {
  const id = randomUUID();
  const text = { event: 'assignment:created', title: 'You have a vehicle', payload: { vehicleNumber: 'DL01AB1234' } };
  const data = { id, userId, ...text, channels: ['INBOX' as const], status: 'SENT' as const, dedupeKey: id };
  return db.notification.create({ data: { ...data, expiresAt: new Date(Date.now() + 90 * dayMs), ...about } });
};

const aMessageOfDriver = async ({ driver }: Scene): Promise<Variables> => ({
  NOTIFICATION_ID: (await aMessage(driver.userId)).id,
});

export const messagesScenes: ScenesByRoute = {
  'GET /notifications': aMessageOfDriver,
  'PATCH /notifications/:id/read': aMessageOfDriver,
  'PATCH /notifications/read-all': aMessageOfDriver,
};

export const messagesRecords = async ({ userId }: Cast) => {
  const { id } = await aMessage(userId);
  return { notification: { id, shortId: id } };
};

export const messagesState = async ({ where: { fleetId }, orderBy }: OfFleet) => {
  const users = await db.user.findMany({ where: { fleetId }, select: { id: true } });
  return {
    read: await db.notification.findMany({
      where: { userId: { in: users.map(({ id }) => id) }, readAt: { not: null } },
      orderBy,
    }),
  };
};
