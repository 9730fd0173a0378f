import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { lockedVehicle } from '../../prisma/locks.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import { invalidField } from '../../workflows/domain/refusals.ts';
import { differing } from '../http/changes.ts';
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

/** The papers of a vehicle that came with something else, and the rest of it. */
export const withoutPapers = <T extends object>(
  body: T,
): [papers: Papers, rest: Omit<T, keyof typeof papersOfDriver>] => {
  const sent = Object.entries(body).filter(([, value]) => value !== undefined);
  const [papers, rest] = [true, false].map((ofPapers) =>
    Object.fromEntries(sent.filter(([name]) => name in papersOfDriver === ofPapers)),
  );
  return [papers as Papers, rest as Omit<T, keyof typeof papersOfDriver>];
};

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

export type Papers = z.output<typeof VehicleDocs> & {
  chassisNumber?: string | null | undefined;
  vinNumber?: string | null | undefined;
};

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
  const vehicle = await lockedVehicle(tx, id, visible);
  const data = differing(sent, vehicle);
  const fields = Object.keys(data);
  if (fields.length === 0) return;
  requireInsuranceOrder(data, vehicle);
  await tx.vehicle.update({ where: { id }, data, select: { id: true } });
  await audit(tx, actor, { action: 'vehicle.papersChanged', subject: 'vehicle', subjectId: id, after: { fields } });
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
