import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Db, Tx } from '../../prisma/client.ts';
import type { PreferenceRequest, Prisma } from '../../prisma/generated/client.ts';
import { lockedDriver } from '../../prisma/locks.ts';
import { putIntoInbox, staffOf } from '../../prisma/notifications.ts';
import { invalidField, refusal } from '../../workflows/domain/refusals.ts';
import { get, post } from '../http/endpoint.ts';
import { DriverOrMe } from './driver-profiles.ts';
import { also, called, idOf, Instant, pageOf, Paging, requiring, skipTake, Text, Word } from '../http/shapes.ts';

const statuses = ['PENDING', 'APPROVED', 'REJECTED'] as const;
const keysMax = 20;

const Values = z.record(z.string(), z.boolean());
type Values = z.output<typeof Values>;

const PreferenceView = z.object({
  key: z.string(),
  displayName: z.string(),
  description: z.string(),
  category: z.enum(['TRIP', 'PAYOUT', 'SHIFT']),
  approvalRequired: z.boolean(),
  value: z.boolean(),
});
z.globalRegistry.add(PreferenceView, { id: 'Preference' });

const RequestView = z.object({
  id: z.string(),
  shortId: z.string(),
  driverId: z.string(),
  currentPreference: Values,
  requestedPreference: Values,
  status: z.enum(statuses),
  requestAt: Instant,
  requestedBy: z.string().nullable(),
  reviewedAt: Instant.nullable(),
  reviewedBy: z.string().nullable(),
  rejectionReason: z.string().nullable(),
});
z.globalRegistry.add(RequestView, { id: 'PreferenceRequest' });

const requestView = ({ currentPreference, requestedPreference, ...request }: PreferenceRequest) => ({
  ...request,
  currentPreference: currentPreference as Values,
  requestedPreference: requestedPreference as Values,
});

const asker = {
  ...{ id: true, shortId: true, firstName: true, lastName: true, mobile: true, fleetId: true, hubId: true },
} satisfies Prisma.DriverSelect;

const ListedRequest = RequestView.extend({
  driverName: z.string(),
  driver: z.object({
    id: z.string(),
    shortId: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    mobile: z.string(),
    fleetId: z.string(),
    hubId: z.string().nullable(),
  }),
});

/** Every active preference with what holds for a driver: what was approved, else its default. */
const preferencesOf = async (db: Db | Tx, driverId: string) => {
  const [definitions, held] = await Promise.all([
    db.preferenceDefinition.findMany({ where: { isActive: true }, orderBy: [{ category: 'asc' }, { key: 'asc' }] }),
    db.driverPreference.findUnique({ where: { driverId } }),
  ]);
  const values = (held?.preferences ?? {}) as Values;
  return definitions.map((definition) => ({
    ...definition,
    value: Object.hasOwn(values, definition.key) ? values[definition.key]! : definition.defaultValue,
  }));
};

type Preference = Awaited<ReturnType<typeof preferencesOf>>[number];

/** The preferences that would change; what is asked of an unknown one, or changes nothing, is refused. */
const changing = (known: readonly Preference[], asked: Values): Preference[] => {
  const keys = new Set(known.map(({ key }) => key));
  const unknown = Object.keys(asked).filter((key) => !keys.has(key));
  if (unknown.length > 0) throw refusal('UNKNOWN_PREFERENCE', { keys: unknown });
  const changed = known.filter(({ key, value }) => Object.hasOwn(asked, key) && asked[key] !== value);
  if (changed.length === 0) throw invalidField('body', 'unchanged', 'body asks for nothing that would change');
  return changed;
};

/** Lays values over those that hold now, whatever held when they were asked for. The driver must be locked. */
const apply = async (tx: Tx, driverId: string, values: Values, by: { id: string; approvedBy: string | null }) => {
  const { id, approvedBy } = by;
  await tx.$executeRaw`
    INSERT INTO "driver_preferences" ("id", "driverId", "preferences", "approvedBy", "approvedAt", "updatedAt")
    VALUES (${id}::uuid, ${driverId}::uuid, ${JSON.stringify(values)}::jsonb, ${approvedBy}::uuid, now(), now())
    ON CONFLICT ("driverId") DO UPDATE SET "preferences" = "driver_preferences"."preferences" || excluded."preferences",
      "approvedBy" = excluded."approvedBy", "approvedAt" = excluded."approvedAt", "updatedAt" = excluded."updatedAt"`;
};

/** Who is deactivated waits for no decision. Source: drivers.md, Lifecycle. */
export const rejectWaiting = async (tx: Tx, driverId: string): Promise<void> => {
  await tx.preferenceRequest.updateMany({
    where: { driverId, status: 'PENDING' },
    data: { status: 'REJECTED', reviewedAt: new Date(), rejectionReason: 'The driver was deactivated' },
  });
};

/** Older clients wrap the wishes. */
const unwrapped = (sent: unknown): unknown =>
  typeof sent === 'object' && sent !== null && 'requestedPreference' in sent ? sent.requestedPreference : sent;

const Wishes = z
  .preprocess(
    unwrapped,
    Values.refine((wishes) => Object.keys(wishes).length > 0, 'needs at least one preference').refine(
      (wishes) => Object.keys(wishes).length <= keysMax,
      `has at most ${keysMax} preferences`,
    ),
  )
  .meta({ description: 'Preferences by key, each true or false' });

const Decision = z.object({
  id: idOf('preferenceRequest', { aliases: ['requestId'] }),
  status: z.enum(['APPROVED', 'REJECTED']),
  rejectionReason: called('rejection_reason', also(Text(500).optional(), 'rejection_reason')),
});

export const preferences = [
  get('/drivers/:id/preference', {
    allow: 'preferences:read',
    summary: 'The preferences of a driver',
    params: DriverOrMe,
    returns: z.array(PreferenceView),
    handle: ({ driver, db }) => preferencesOf(db, driver.id),
  }),

  post('/drivers/:id/preference/update', {
    allow: 'preferences:request',
    summary: 'Ask for other preferences; what needs no approval holds at once',
    says: 'Preference update requested successfully',
    status: 200,
    params: DriverOrMe,
    body: Wishes,
    returns: RequestView,
    refuses: ['UNKNOWN_PREFERENCE', 'PREFERENCE_REQUEST_PENDING'],
    async handle({ driver: found, body, actor, db, visible, newId, isKeyed }) {
      const id = newId();
      const request = await db.$transaction(async (tx) => {
        const driver = await lockedDriver(tx, found.id, visible.driver);
        const { id: driverId, fleetId, hubId } = driver;
        const repeated = isKeyed ? await tx.preferenceRequest.findUnique({ where: { id } }) : null;
        if (repeated) return repeated;
        const known = await preferencesOf(tx, driverId);
        const waiting = await tx.preferenceRequest.findFirst({ where: { driverId, status: 'PENDING' } });
        if (waiting) throw refusal('PREFERENCE_REQUEST_PENDING', { requestId: waiting.id });
        const changed = changing(known, body);
        const needsApproval = changed.some(({ approvalRequired }) => approvalRequired);
        const requestedPreference = Object.fromEntries(changed.map(({ key }) => [key, body[key]!]));
        const made = await tx.preferenceRequest.create({
          data: {
            ...{ id, driverId, requestedBy: actor.userId, requestedPreference },
            currentPreference: Object.fromEntries(known.map(({ key, value }) => [key, value])),
            ...(needsApproval ? {} : { status: 'APPROVED', reviewedAt: new Date() }),
          },
        });
        if (!needsApproval) {
          await apply(tx, driverId, requestedPreference, { id: newId('preference'), approvedBy: null });
          return made;
        }
        await putIntoInbox(tx, {
          to: await staffOf(tx, fleetId, hubId),
          event: 'preference:requested',
          title: `${driver.firstName} ${driver.lastName} asks for other preferences`,
          ...{ payload: { requestId: made.id, driverId }, cause: made.id },
        });
        return made;
      });
      return requestView(request);
    },
  }),

  get('/drivers/preference/pending-requests', {
    allow: 'preferences:review',
    summary: 'The requests that wait for a decision, oldest first; with `status` those that were decided',
    query: z.object({
      fleetId: idOf('fleet').optional(),
      driverId: idOf('driver').optional(),
      status: Word(statuses).optional(),
      ...Paging,
    }),
    list: true,
    returns: ListedRequest,
    async handle({ query, db, visible }) {
      const { fleetId, driverId, status = 'PENDING' } = query;
      const where: Prisma.PreferenceRequestWhereInput = {
        AND: [
          visible.preferenceRequest,
          { status },
          driverId ? { driverId } : {},
          fleetId ? { driver: { fleetId } } : {},
        ],
      };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.preferenceRequest.count({ where }),
        db.preferenceRequest.findMany({
          where,
          include: { driver: { select: asker } },
          orderBy: [{ requestAt: 'asc' }, { id: 'asc' }],
          ...skipTake(page),
        }),
      ]);
      const listed = rows.map(({ driver, ...request }) => ({
        ...requestView(request),
        ...{ driver, driverName: `${driver.firstName} ${driver.lastName}` },
      }));
      return { ...page, total, rows: listed };
    },
  }),

  post('/drivers/preference/update-status', {
    allow: 'preferences:review',
    summary: 'Approve or reject a request; what is approved holds from the next shift on',
    says: 'Preference request updated successfully',
    status: 200,
    body: requiring(Decision, 'REJECTED needs `rejection_reason`', ({ status, rejectionReason }) =>
      status === 'REJECTED' && rejectionReason === undefined ? ['rejectionReason'] : [],
    ),
    returns: RequestView,
    async handle({ preferenceRequest: { id, driverId }, body, actor, db, visible, newId, isKeyed }) {
      const { status, rejectionReason = null } = body;
      const request = await db.$transaction(async (tx) => {
        await lockedDriver(tx, driverId, visible.driver);
        const repeated = { id, status, reviewedBy: actor.userId };
        const made = isKeyed ? await tx.preferenceRequest.findFirst({ where: repeated }) : null;
        if (made) return made;
        const decided = { status, reviewedAt: new Date(), reviewedBy: actor.userId };
        const [reviewed] = await tx.preferenceRequest.updateManyAndReturn({
          where: { id, status: 'PENDING' },
          data: { ...decided, rejectionReason: status === 'REJECTED' ? rejectionReason : null },
          include: { driver: { select: { userId: true } } },
        });
        if (!reviewed) throw refusal('NOT_FOUND', { resource: 'preferenceRequest' });
        const { driver, ...row } = reviewed;
        const by = { id: newId('preference'), approvedBy: actor.userId };
        if (status === 'APPROVED') await apply(tx, driverId, row.requestedPreference as Values, by);
        const audited = { action: 'preference.reviewed', subject: 'preferenceRequest', subjectId: id };
        await audit(tx, actor, { ...audited, after: { status } });
        await putIntoInbox(tx, {
          to: [driver.userId],
          event: 'preference:reviewed',
          title: `Your preferences were ${status === 'APPROVED' ? 'approved' : 'rejected'}`,
          ...{ payload: { requestId: id, status, rejectionReason: row.rejectionReason }, cause: id },
        });
        return row;
      });
      return requestView(request);
    },
  }),
];
