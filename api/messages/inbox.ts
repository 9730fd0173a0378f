import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { get, patch } from '../http/endpoint.ts';
import { Truth } from '../http/filters.ts';
import { ById, Instant, pageOf, Paging, skipTake } from '../http/shapes.ts';

const MessageView = z.object({
  id: z.string(),
  event: z.string(),
  title: z.string().nullable(),
  body: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()),
  readAt: Instant.nullable(),
  createdAt: Instant,
});
z.globalRegistry.add(MessageView, { id: 'Message' });

const Updated = z.object({ updated: z.number().meta({ description: 'How many were unread' }) });

const newestFirst = [{ createdAt: 'desc' }, { id: 'desc' }] satisfies Prisma.NotificationOrderByWithRelationInput[];

interface Wanted {
  unread?: 'true' | 'false' | undefined;
  page?: string | undefined;
  limit?: string | undefined;
}

/** A page of an inbox; how many are unread does not depend on the filter. */
const inboxPage = async (db: Db, inbox: Prisma.NotificationWhereInput, { unread: filter, ...query }: Wanted) => {
  const page = pageOf(query);
  const readAt = filter === 'true' ? null : { not: null };
  const [{ _count: messages }, rows] = await Promise.all([
    db.notification.aggregate({ where: inbox, _count: { id: true, readAt: true } }),
    db.notification.findMany({
      where: filter ? { ...inbox, readAt } : inbox,
      ...{ orderBy: newestFirst, ...skipTake(page) },
    }),
  ]);
  const unread = messages.id - messages.readAt;
  const totals = { true: unread, false: messages.readAt };
  return {
    ...page,
    total: filter ? totals[filter] : messages.id,
    counts: { unread },
    rows: rows.map((row) => ({ ...row, payload: row.payload as Record<string, unknown> })),
  };
};

const read = async (db: Db, where: Prisma.NotificationWhereInput) => {
  const { count } = await db.notification.updateMany({
    where: { ...where, readAt: null },
    data: { readAt: new Date() },
  });
  return { updated: count };
};

/** What people were told, each for themselves. Source: notifications.md. */
export const inbox = [
  get('/notifications', {
    allow: 'notifications:own',
    summary: "List the caller's inbox, newest first; `pagination.unread` says how many of all are unread",
    query: z.object({ unread: Truth, ...Paging }),
    list: true,
    returns: MessageView,
    handle: ({ query, db, visible }) => inboxPage(db, visible.notification, query),
  }),

  patch('/notifications/:id/read', {
    allow: 'notifications:own',
    summary: "Mark a message of the caller's inbox as read",
    params: ById('notification'),
    returns: Updated,
    handle: ({ notification, db }) => read(db, { id: notification.id }),
  }),

  patch('/notifications/read-all', {
    allow: 'notifications:own',
    summary: "Mark every message of the caller's inbox as read",
    returns: Updated,
    handle: ({ db, visible }) => read(db, visible.notification),
  }),
];
