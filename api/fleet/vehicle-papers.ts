import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { invalidField, refusal } from '../../workflows/domain/refusals.ts';
import { patch } from '../http/endpoint.ts';
import { also, ById, clearable, DateIn, HttpsUrl } from '../http/shapes.ts';
import { activeLink, vehicleView, VehicleView } from './vehicle-views.ts';

export const ChassisNumber = z.string().min(5).max(30);
export const VinNumber = z
  .string()
  .max(17)
  .transform((typed) => typed.toUpperCase());

const papers = {
  rcFrontImage: HttpsUrl.optional(),
  rcBackImage: HttpsUrl.optional(),
  fitnessImage: HttpsUrl.optional(),
  fitnessExpiry: DateIn.optional(),
  insuranceImage: HttpsUrl.optional(),
  insuranceStart: DateIn.optional(),
  insuranceExpiry: DateIn.optional(),
};

/** What of a vehicle comes with the profile of its driver. Source: drivers.md, PATCH /drivers/:id. */
export const papersOfDriver = clearable({
  ...papers,
  chassisNumber: ChassisNumber.optional(),
  vinNumber: VinNumber.optional(),
});

const paperNames = new Set(Object.keys(papersOfDriver));

/** The fields of a body that belong to the papers of a vehicle. */
export const papersIn = (body: Readonly<Record<string, unknown>>): Papers =>
  Object.fromEntries(Object.entries(body).filter(([name, value]) => paperNames.has(name) && value !== undefined));

/** Older guides call two of the links otherwise. */
const VehicleDocs = z
  .object(
    clearable({
      ...papers,
      rcFrontImage: also(papers.rcFrontImage, 'rcUrl'),
      insuranceImage: also(papers.insuranceImage, 'insuranceUrl'),
      permitImage: HttpsUrl.optional(),
      permitExpiry: DateIn.optional(),
    }),
  )
  .refine((sent) => Object.keys(sent).length > 0, 'needs at least one field');

type Papers = z.output<typeof VehicleDocs> & { chassisNumber?: string | null; vinNumber?: string | null };

interface Insured {
  insuranceStart?: Date | null | undefined;
  insuranceExpiry?: Date | null | undefined;
}

/** What is sent must fit to what is known; of the two dates the one that was sent is wrong. */
export const requireInsuranceOrder = (sent: Insured, known: Insured = {}): void => {
  const { insuranceStart, insuranceExpiry } = { ...known, ...sent };
  if (!insuranceStart || !insuranceExpiry || insuranceStart <= insuranceExpiry) return;
  const field = sent.insuranceStart ? 'insuranceStart' : 'insuranceExpiry';
  throw invalidField(field, 'invalid_range', `${field} must keep insuranceStart before insuranceExpiry`);
};

/** Changes the papers of a vehicle that is in a scope, and locks it, after drivers; what is as it was is not written. */
export const changePapers = async (
  tx: Tx,
  { id, visible }: { id: string; visible: Prisma.VehicleWhereInput },
  sent: Papers,
  actor: Actor,
): Promise<void> => {
  await tx.$queryRaw`SELECT "id" FROM "vehicles" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
  const vehicle = await tx.vehicle.findFirst({ where: { id, AND: visible } });
  if (!vehicle) throw refusal('SCOPE_FORBIDDEN', { resource: 'vehicle' });
  const current: Readonly<Record<string, unknown>> = vehicle;
  const changes = Object.entries(sent).filter(([name, value]) => !isDeepStrictEqual(current[name], value));
  if (changes.length === 0) return;
  const data: Papers = Object.fromEntries(changes);
  requireInsuranceOrder(data, vehicle);
  await tx.vehicle.update({ where: { id }, data, select: { id: true } });
  const after = { fields: changes.map(([name]) => name) };
  await audit(tx, actor, { action: 'vehicle.papersChanged', subject: 'vehicle', subjectId: id, after });
};

export const vehiclePapers = [
  patch('/vehicles/:id/docs', {
    allow: 'vehicles:change-papers',
    summary: 'Change the papers of a vehicle: links and dates',
    says: 'Vehicle documents updated successfully',
    params: ById('vehicle'),
    body: VehicleDocs,
    returns: VehicleView,
    async handle({ vehicle: { id }, body, actor, db, visible }) {
      await db.$transaction((tx) => changePapers(tx, { id, visible: visible.vehicle }, body, actor));
      return vehicleView(await db.vehicle.findUniqueOrThrow({ where: { id }, include: { assignments: activeLink } }));
    },
  }),
];
