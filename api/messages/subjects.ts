import type { Prisma } from '../../prisma/generated/client.ts';
import type { Caller } from '../http/scope.ts';
import type { SubjectRules, Wanted } from '../http/subject.ts';
import type { Services } from '../services.ts';

/** Everybody sees their own inbox, and nobody that of another. */
export const visibleNotifications = ({ userId }: Caller) => ({ userId, channels: { has: 'INBOX' as const } });

export const messagesSubjects = {
  notification: {
    visible: visibleNotifications,
    load: async ({ db }: Services, wanted: Wanted<Prisma.NotificationWhereInput>) =>
      'id' in wanted ? db.notification.findFirst({ where: wanted }) : null,
  },
} satisfies Record<string, SubjectRules>;
