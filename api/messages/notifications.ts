import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { get, patch } from '../http/endpoint.ts';
import { Truth } from '../http/filters.ts';
import { ById, Instant, pageOf, Paging, skipTake } from '../http/shapes.ts';
import type { visibleNotifications } from './subjects.ts';

const NotificationView = z.object({
  id: z.string(),
  event: z.string(),
  title: z.string().nullable(),
  body: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()),
  readAt: Instant.nullable(),
  createdAt: Instant,
});
z.globalRegistry.add(NotificationView, { id: 'Notification' });

const Updated = z.object({ updated: z.number().meta({ description: 'How many were unread' }) });

const newestFirst = [{ createdAt: 'desc' }, { id: 'desc' }] satisfies Prisma.NotificationOrderByWithRelationInput[];

type Inbox = ReturnType<typeof visibleNotifications>;

interface PageAsked {
  unread?: 'true' | 'false' | undefined;
  page?: string | undefined;
  limit?: string | undefined;
}

/** A page of an inbox, and how many of all its notifications are unread. */
const inboxPage = async (db: Db, inbox: Inbox, { unread: filter, ...query }: PageAsked) => {
  const page = pageOf(query);
  const unreadOnes = { ...inbox, readAt: null };
  const wanted = { true: unreadOnes, false: { ...inbox, readAt: { not: null } }, all: inbox }[filter ?? 'all'];
  const [unread, total, rows] = await Promise.all([
    db.notification.count({ where: unreadOnes }),
    filter === 'true' ? null : db.notification.count({ where: wanted }),
    db.notification.findMany({ where: wanted, orderBy: newestFirst, ...skipTake(page) }),
  ]);
  return {
    ...page,
    total: total ?? unread,
    counts: { unread },
    rows: rows.map((row) => ({ ...row, payload: row.payload as Record<string, unknown> })),
  };
};

/** No statement outlasts its limit, however long nobody has read. */
const readAtOnceMax = 5_000;

const markAllRead = async (db: Db, { userId }: Inbox): Promise<number> => {
  for (let updated = 0; ;) {
    const count = await db.$executeRaw`
      UPDATE "notifications" SET "readAt" = now() WHERE "id" IN (
        SELECT "id" FROM "notifications"
        WHERE "userId" = ${userId}::uuid AND "readAt" IS NULL AND "channels" @> '{INBOX}' LIMIT ${readAtOnceMax}
      ) AND "readAt" IS NULL`;
    updated += count;
    if (count < readAtOnceMax) return updated;
  }
};

/** The inbox: what people were told, each for themselves. Source: notifications.md. */
export const notifications = [
  get('/notifications', {
    allow: 'notifications:own',
    summary: "List the caller's inbox, newest first",
    query: z.object({ unread: Truth, ...Paging }),
    list: true,
    counts: ['unread'],
    returns: NotificationView,
    handle: ({ query, db, visible }) => inboxPage(db, visible.notification, query),
  }),

  patch('/notifications/:id/read', {
    allow: 'notifications:own',
    summary: "Mark a notification of the caller's inbox as read",
    params: ById('notification'),
    returns: Updated,
    async handle({ notification: { id }, db }) {
      const data = { readAt: new Date() };
      const { count } = await db.notification.updateMany({ where: { id, readAt: null }, data });
      return { updated: count };
    },
  }),

  patch('/notifications/read-all', {
    allow: 'notifications:own',
    summary: "Mark every notification of the caller's inbox as read",
    returns: Updated,
    handle: async ({ db, visible }) => ({ updated: await markAllRead(db, visible.notification) }),
  }),
];
