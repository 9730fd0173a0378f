import { randomUUID } from 'node:crypto';
import { dayMs } from '../../../workflows/domain/time.ts';
import { db } from '../../world/database.ts';
import type { Cast, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

/** A notification in the inbox of a user. */
export const aNotification = (
  userId: string,
  about: { createdAt?: Date; readAt?: Date; channels?: ('INBOX' | 'PUSH')[] } = {},
) => {
  const id = randomUUID();
  const text = {
    event: 'assignment:created',
    title: 'Your vehicle is DL01AB1234',
    payload: { vehicleNumber: 'DL01AB1234' },
  };
  const data = { id, userId, ...text, channels: ['INBOX' as const], status: 'SENT' as const, dedupeKey: id };
  return db.notification.create({ data: { ...data, expiresAt: new Date(Date.now() + 90 * dayMs), ...about } });
};

const aNotificationOfDriver = async ({ driver }: Scene): Promise<Variables> => ({
  NOTIFICATION_ID: (await aNotification(driver.userId)).id,
});

export const messagesScenes: ScenesByRoute = {
  'GET /notifications': aNotificationOfDriver,
  'PATCH /notifications/:id/read': aNotificationOfDriver,
  'PATCH /notifications/read-all': aNotificationOfDriver,
};

export const messagesRecords = async ({ userId }: Cast) => {
  const { id } = await aNotification(userId);
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
