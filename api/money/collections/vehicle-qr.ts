import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { audit } from '../../../prisma/audit.ts';
import type { Db } from '../../../prisma/client.ts';
import type { Prisma, VirtualAccount } from '../../../prisma/generated/client.ts';
import { lockVehicles } from '../../../prisma/locks.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { vehicleLabel } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { refusal } from '../../../workflows/domain/refusals.ts';
import { get, post, reply } from '../../http/endpoint.ts';
import type { Base } from '../../http/endpoint.ts';
import { Before, From } from '../../http/filters.ts';
import { ById, idOf, Instant, pageOf, Paging, skipTake } from '../../http/shapes.ts';
import { accountRefusals, settled, wantBehind } from '../gateway/account-wishes.ts';
import { CreditView, creditView } from './unattributed.ts';

const text = z.string().nullable();
const statuses = ['CREATING', 'ACTIVE', 'INACTIVE', 'FAILED'] as const;

const VirtualQrView = z.object({
  id: z.string(),
  shortId: z.string(),
  vehicleId: text,
  virtualAccountId: text,
  virtualAccountNumber: text,
  ifscCode: text,
  upiId: text,
  qrCodeUrl: text,
  qrCodeBase64: text,
  isActive: z.boolean(),
  status: z.enum(statuses),
  label: z.string(),
  uniqueRequestNumber: z.string(),
  existing: z.boolean().optional(),
  createdAt: Instant,
  updatedAt: Instant,
});
z.globalRegistry.add(VirtualQrView, { id: 'VirtualQr' });

const virtualQrView = (row: VirtualAccount): z.output<typeof VirtualQrView> => ({
  ...row,
  virtualAccountId: row.gatewayId,
  virtualAccountNumber: row.accountNumber,
  isActive: row.status === 'ACTIVE' && row.isWanted,
  uniqueRequestNumber: row.number,
});

interface Vehicle {
  id: string;
  fleetId: string;
  vehicleNumber: string;
}

const isMade = ({ gatewayId }: VirtualAccount): boolean => gatewayId !== null;

/** What the gateway has not made is none yet, and can be asked for again. */
const qrOf = async ({ db }: Base, vehicleId: string): Promise<VirtualAccount> => {
  const row = await db.virtualAccount.findUnique({ where: { vehicleId } });
  if (!row || !isMade(row)) throw refusal('NOT_FOUND', { resource: 'virtualQr' });
  return row;
};

type NewAccount = Prisma.VirtualAccountCreateManyInput;

/** Writes accounts down but for vehicles that have one; returns those that it made. Source: payments.md, rule 21. */
const createAccounts = (db: Db, actor: Actor, accounts: NewAccount[]): Promise<{ id: string }[]> =>
  db.$transaction(async (tx) => {
    // Locked, so that none moves to another fleet meanwhile; one that has moved gets none here.
    const ids = accounts.flatMap(({ vehicleId }) => vehicleId ?? []);
    await lockVehicles(tx, ids);
    const vehicles = await tx.vehicle.findMany({ where: { id: { in: ids } }, select: { id: true, fleetId: true } });
    const fleetOf = new Map(vehicles.map(({ id, fleetId }) => [id, fleetId]));
    const made = await tx.virtualAccount.createManyAndReturn({
      data: accounts.filter(({ vehicleId, fleetId }) => vehicleId && fleetOf.get(vehicleId) === fleetId),
      skipDuplicates: true,
      select: { id: true, vehicleId: true },
    });
    const entries = made.map(({ id, vehicleId }) => ({
      ...{ action: 'virtualQr.created', subject: 'virtualQr', subjectId: id, after: { vehicleId } },
    }));
    await audit(tx, actor, ...entries);
    return made;
  });

/** The account of a vehicle, written down with its number before the gateway is asked for it; of two wishes at once one makes it. */
const wanted = async (
  { db, newId, actor }: Base & { actor: Actor },
  vehicle: Vehicle,
): Promise<{ row: VirtualAccount; isNew: boolean }> => {
  const { id: vehicleId, fleetId, vehicleNumber } = vehicle;
  const id = newId(`qr ${vehicleId}`);
  const number = txnid('ACCOUNT', randomBytes(20));
  const made = await createAccounts(db, actor, [
    { id, vehicleId, fleetId, number, label: vehicleLabel(vehicleNumber) },
  ]);
  return { row: await db.virtualAccount.findUniqueOrThrow({ where: { vehicleId } }), isNew: made.length > 0 };
};

const switched = async (context: Base & { actor: Actor }, vehicleId: string, isWanted: boolean) => {
  const row = await qrOf(context, vehicleId);
  return virtualQrView(await settled(context, row, isWanted));
};

const QrOfVehicle = z.object({
  vehicleId: z.string(),
  vehicleNumber: z.string(),
  result: z.enum(['CREATED', 'EXISTING', 'PENDING']),
  virtualQr: VirtualQrView,
});
z.globalRegistry.add(QrOfVehicle, { id: 'QrOfVehicle' });

/** A fleet has hundreds of vehicles; the bound keeps a broken one from asking the gateway for more. */
const vehiclesMax = 1_000;

/** Into which passengers pay, one per vehicle. Source: collections.md, POST /payments/admin/vehicle/:id/qr; Later. */
export const vehicleQr = [
  post('/payments/admin/vehicle/:id/qr', {
    allow: 'virtual-qr:manage',
    summary: 'Make the QR of a vehicle, or get the one that it has',
    says: 'QR ready',
    status: 201,
    params: ById('vehicle'),
    returns: VirtualQrView,
    refuses: accountRefusals,
    async handle(context) {
      const { row, isNew } = await wanted(context, context.vehicle);
      if (isMade(row)) return reply(200, { ...virtualQrView(row), existing: true });
      const made = virtualQrView(await settled(context, row, null));
      return isNew ? made : reply(200, { ...made, existing: true });
    },
  }),

  get('/payments/admin/vehicle/:id/qr', {
    allow: 'virtual-qr:manage',
    summary: 'Read the QR of a vehicle; 404 means that it has none',
    params: ById('vehicle'),
    returns: VirtualQrView,
    handle: async (context) => virtualQrView(await qrOf(context, context.vehicle.id)),
  }),

  post('/payments/admin/vehicle/:id/qr/activate', {
    allow: 'virtual-qr:manage',
    summary: 'Let the QR of a vehicle take money again',
    says: 'QR activated',
    params: ById('vehicle'),
    returns: VirtualQrView,
    refuses: accountRefusals,
    handle: (context) => switched(context, context.vehicle.id, true),
  }),

  post('/payments/admin/vehicle/:id/qr/deactivate', {
    allow: 'virtual-qr:manage',
    summary: 'Let the QR of a vehicle take no more money',
    says: 'QR deactivated',
    params: ById('vehicle'),
    returns: VirtualQrView,
    refuses: accountRefusals,
    handle: (context) => switched(context, context.vehicle.id, false),
  }),

  post('/payments/admin/fleet/:fleetId/qr', {
    allow: 'virtual-qr:manage',
    summary: 'Make the QR of every vehicle of a fleet that has none; the gateway is asked behind the answer',
    says: 'QR codes ordered',
    params: z.object({ fleetId: idOf('fleet') }),
    returns: z.array(QrOfVehicle),
    async handle(context) {
      const { fleet, actor, db, visible, newId } = context;
      const vehicles = await db.vehicle.findMany({
        where: { AND: [visible.vehicle, { fleetId: fleet.id, status: 'ACTIVE' }] },
        orderBy: { vehicleNumber: 'asc' },
        take: vehiclesMax,
        select: { id: true, fleetId: true, vehicleNumber: true },
      });
      const rows = vehicles.map(({ id: vehicleId, fleetId, vehicleNumber }) => ({
        ...{ id: newId(`qr ${vehicleId}`), vehicleId, fleetId, label: vehicleLabel(vehicleNumber) },
        number: txnid('ACCOUNT', randomBytes(20)),
      }));
      const made = await createAccounts(db, actor, rows);
      const accounts = await db.virtualAccount.findMany({
        where: { vehicleId: { in: vehicles.map(({ id }) => id) } },
      });
      const created = new Set(made.map(({ id }) => id));
      const byVehicle = new Map(accounts.map((row) => [row.vehicleId, row]));
      return vehicles.flatMap(({ id: vehicleId, vehicleNumber }) => {
        const row = byVehicle.get(vehicleId);
        if (!row) return [];
        if (!isMade(row)) wantBehind(context, row, null);
        const result = isMade(row)
          ? ('EXISTING' as const)
          : created.has(row.id)
            ? ('CREATED' as const)
            : ('PENDING' as const);
        return [{ vehicleId, vehicleNumber, result, virtualQr: virtualQrView(row) }];
      });
    },
  }),

  get('/payments/admin/vehicle/:id/qr/transactions', {
    allow: 'virtual-qr:manage',
    summary: 'List what was paid into the QR of a vehicle, newest first',
    params: ById('vehicle'),
    query: z.object({ startDate: From.optional(), endDate: Before.optional(), ...Paging }),
    list: true,
    returns: CreditView,
    async handle({ vehicle, query, db }) {
      const { startDate, endDate } = query;
      const where = {
        vehicleId: vehicle.id,
        occurredAt: { ...(startDate ? { gte: startDate } : {}), ...(endDate ? { lt: endDate } : {}) },
      };
      const page = pageOf(query, 200);
      const [total, rows] = await Promise.all([
        db.virtualCredit.count({ where }),
        db.virtualCredit.findMany({ where, orderBy: [{ occurredAt: 'desc' }, { id: 'desc' }], ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(creditView) };
    },
  }),
];
