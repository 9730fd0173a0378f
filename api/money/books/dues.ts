import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Db } from '../../../prisma/client.ts';
import type { DriverDue, DueWriteOff, Prisma } from '../../../prisma/generated/client.ts';
import { lockDrivers } from '../../../prisma/locks.ts';
import { dueKinds, requireWritable, writeOffStatuses } from '../../../workflows/domain/money/write-offs.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { dayMs } from '../../../workflows/domain/time.ts';
import { approveWriteOff } from '../../../workflows/money/write-offs.ts';
import { dueWriteOffProcess } from '../../../workflows/processes.ts';
import { get, post } from '../../http/endpoint.ts';
import type { Caller } from '../../http/scope.ts';
import { idOf, Instant, NumericText, pageOf, Paging, Rupees, skipTake, Text, Word } from '../../http/shapes.ts';
import { numberOf } from './ledger.ts';

const WriteOffView = z.object({
  id: z.string(),
  dueId: z.string(),
  status: z.enum(writeOffStatuses),
  reason: z.string(),
  amount: Rupees.nullable(),
  createdBy: z.string(),
  createdAt: Instant,
  approvedBy: z.string().nullable(),
  approvedAt: Instant.nullable(),
  journalId: z.string().nullable(),
});
z.globalRegistry.add(WriteOffView, { id: 'DueWriteOff' });

const DueView = z.object({
  id: z.string(),
  driverId: z.string(),
  fleetId: z.string(),
  kind: z.enum(dueKinds),
  source: z.string(),
  amount: Rupees,
  openAmount: Rupees,
  ageDays: z.number(),
  createdAt: Instant,
  writeOff: WriteOffView.nullable(),
});
z.globalRegistry.add(DueView, { id: 'Due' });

const writeOffView = (row: DueWriteOff): z.output<typeof WriteOffView> => ({
  ...row,
  dueId: String(row.dueId),
  amount: row.amountPaise === null ? null : Number(row.amountPaise),
  journalId: row.journalId === null ? null : String(row.journalId),
});

const waiting = { writeOffs: { where: { status: 'WAITING' }, take: 1 } } satisfies Prisma.DriverDueInclude;

const dueView = ({ writeOffs: [writeOff], ...due }: Prisma.DriverDueGetPayload<{ include: typeof waiting }>) => ({
  ...due,
  id: String(due.id),
  kind: due.kind as (typeof dueKinds)[number],
  amount: Number(due.amountPaise),
  openAmount: Number(due.outstandingPaise),
  ageDays: Math.floor((Date.now() - due.createdAt.getTime()) / dayMs),
  writeOff: writeOff ? writeOffView(writeOff) : null,
});

/** A due that the caller may see. Throws NOT_FOUND or SCOPE_FORBIDDEN. */
const dueOf = async (db: Db, id: string, { role, fleetId }: Caller): Promise<DriverDue> => {
  const due = await db.driverDue.findUnique({ where: { id: numberOf(id, 'due') } });
  if (!due) throw refusal('NOT_FOUND', { resource: 'due' });
  if (role !== 'SUPER_ADMIN' && due.fleetId !== fleetId) throw refusal('SCOPE_FORBIDDEN', { resource: 'due' });
  return due;
};

const byId = z.object({ id: z.string() });

/** What drivers owe. Source: routes/payments.csv; ledger.md 44 and Sub-ledgers. */
export const dues = [
  get('/payments/admin/dues', {
    allow: 'dues:read',
    summary: 'List open dues by driver, kind, fleet or age, oldest first',
    query: z.object({
      driverId: idOf('driver').optional(),
      kind: Word(dueKinds).optional(),
      fleetId: idOf('fleet').optional(),
      minAgeDays: NumericText.pipe(z.number().int().min(0).max(10_000)).optional(),
      ...Paging,
    }),
    list: true,
    returns: DueView,
    async handle({ query, caller, db }) {
      const { driverId, kind, fleetId, minAgeDays } = query;
      const where: Prisma.DriverDueWhereInput = {
        AND: [
          caller.role === 'SUPER_ADMIN' ? {} : { fleetId: caller.fleetId! },
          { outstandingPaise: { gt: 0 } },
          driverId ? { driverId } : {},
          kind ? { kind } : {},
          fleetId ? { fleetId } : {},
          minAgeDays ? { createdAt: { lte: new Date(Date.now() - minAgeDays * dayMs) } } : {},
        ],
      };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.driverDue.count({ where }),
        db.driverDue.findMany({ where, include: waiting, orderBy: { id: 'asc' }, ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(dueView) };
    },
  }),

  post('/payments/admin/dues/:id/write-off', {
    allow: 'dues:write-off',
    summary: 'Ask to give an open due up that is no PENALTY and no REVENUE_SHORTAGE; a second person has to approve it',
    says: 'Write-off waits for a second person',
    status: 201,
    params: byId,
    body: z.object({ reason: Text(500) }),
    returns: WriteOffView,
    refuses: ['NOT_FOUND', 'SCOPE_FORBIDDEN', 'DUE_NOT_WRITABLE', 'DUE_NOT_OPEN', 'WRITE_OFF_WAITING'],
    async handle({ params, body, caller, actor, db, newId, begin }) {
      const { id: dueId, driverId } = await dueOf(db, params.id, caller);
      const id = newId();
      const writeOff = await db.$transaction(async (tx) => {
        await lockDrivers(tx, [driverId]);
        const own = await tx.dueWriteOff.findUnique({ where: { id } });
        if (own) return own;
        requireWritable(await tx.driverDue.findUniqueOrThrow({ where: { id: dueId } }));
        const other = await tx.dueWriteOff.findFirst({ where: { dueId, status: 'WAITING' }, select: { id: true } });
        if (other) throw refusal('WRITE_OFF_WAITING', { writeOffId: other.id });
        const asked = { action: 'due.writeOffAsked', subject: 'dueWriteOff', subjectId: id };
        await audit(tx, actor, { ...asked, after: { dueId: String(dueId), reason: body.reason } });
        return tx.dueWriteOff.create({ data: { id, dueId, reason: body.reason, createdBy: actor.userId } });
      });
      begin(dueWriteOffProcess(id));
      return writeOffView(writeOff);
    },
  }),

  post('/payments/admin/dues/:id/write-off/approve', {
    allow: 'dues:approve-write-off',
    summary: 'Approve a write-off that somebody else asked for, which closes the due',
    says: 'Due written off',
    params: byId,
    body: z.object({}),
    returns: WriteOffView,
    refuses: ['NOT_FOUND', 'SCOPE_FORBIDDEN', 'SECOND_PERSON_REQUIRED', 'DUE_NOT_OPEN'],
    async handle({ params, caller, actor, db, ask }) {
      const due = await dueOf(db, params.id, caller);
      const latest = { where: { dueId: due.id }, orderBy: { createdAt: 'desc' } } as const;
      const asked = await db.dueWriteOff.findFirst(latest);
      if (!asked) throw refusal('NOT_FOUND', { resource: 'writeOff' });
      if (asked.createdBy === actor.userId) throw refusal('SECOND_PERSON_REQUIRED');
      if (asked.status === 'WAITING')
        await ask(dueWriteOffProcess(asked.id), approveWriteOff, { writeOffId: asked.id, by: actor });
      const settled = await db.dueWriteOff.findUniqueOrThrow({ where: { id: asked.id }, include: { due: true } });
      if (settled.status === 'LAPSED') throw refusal('DUE_NOT_OPEN', { closedAs: settled.due.closedAs ?? 'SETTLED' });
      return writeOffView(settled);
    },
  }),
];
