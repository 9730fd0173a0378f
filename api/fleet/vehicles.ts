import { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { audit } from '../../prisma/audit.ts';
import { holdOpenHub } from '../../prisma/locks.ts';
import { dayMs, istDay } from '../../workflows/domain/time.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { requireOpenFleet } from './cascades.ts';
import { SlimDriver } from '../people/driver-views.ts';
import { get, post } from '../http/endpoint.ts';
import type { Page } from '../http/shapes.ts';
import {
  activeLink,
  dueDays,
  fuelTypes,
  ownerships,
  vehicleStatuses,
  vehicleView,
  VehicleView,
} from './vehicle-views.ts';
import { ChassisNumber, requireInsuranceOrder, VinNumber } from './vehicle-papers.ts';
import { createOnce } from '../http/once.ts';
import {
  ById,
  clearable,
  DateIn,
  HttpsUrl,
  idOf,
  pageOf,
  Paging,
  Phone,
  skipTake,
  Text,
  Word,
} from '../http/shapes.ts';

const bodyTypes = ['SEDAN', 'SUV', 'HATCHBACK'];

/** One spelling per plate; a letter or digit of another script is refused, never dropped. Source: vehicles-fleets.md, Number normalisation. */
const VehicleNumber = z
  .string()
  .max(40)
  .regex(/^[ -~]*$/, 'must have letters A to Z and digits 0 to 9 only')
  .transform((text) => text.toUpperCase().replace(/[^A-Z0-9]/g, ''))
  .pipe(z.string().min(4, 'must have 4 to 15 letters and digits').max(15, 'must have 4 to 15 letters and digits'));

/** What has no letter and no digit of a plate in it is in no plate. */
const plateWith = (typed: string): Prisma.VehicleWhereInput => {
  const contains = /^[ -~]*$/.test(typed) ? typed.toUpperCase().replace(/[^A-Z0-9]/g, '') : '';
  return contains ? { vehicleNumber: { contains } } : { id: { in: [] } };
};

const FuelType = z
  .string()
  .transform((text) => (text.toUpperCase() === 'EV' ? 'ELECTRIC' : text.toUpperCase()))
  .pipe(z.enum(fuelTypes));

const upper = (text: string) => text.toUpperCase();

/** What a vehicle may lack. */
const mayLack = {
  vehicleColor: Text(40).optional(),
  bodyType: Text(40).transform(upper).optional(),
  ownerName: Text(120).optional(),
  chassisNumber: ChassisNumber.optional(),
  vinNumber: VinNumber.optional(),
  rcFrontImage: HttpsUrl.optional(),
  rcBackImage: HttpsUrl.optional(),
  permitImage: HttpsUrl.optional(),
  fitnessImage: HttpsUrl.optional(),
  insuranceImage: HttpsUrl.optional(),
  permitExpiry: DateIn.optional(),
  fitnessExpiry: DateIn.optional(),
  insuranceStart: DateIn.optional(),
  insuranceExpiry: DateIn.optional(),
};

const NewVehicle = z.object({
  fleetId: idOf('fleet'),
  hubId: idOf('hub').optional(),
  vehicleNumber: VehicleNumber,
  vehicleName: Text(80),
  vehicleModel: Text(80).optional(),
  ownership: Word(ownerships).optional(),
  fuelType: FuelType.optional(),
  ...mayLack,
  fleetMobileNumber: Phone.optional().catch(undefined),
  status: Word(vehicleStatuses).optional(),
});

/** What of a vehicle is changed; null clears what it may lack. */
export const VehicleChange = z.object({
  fleetId: idOf('fleet').optional(),
  vehicleNumber: VehicleNumber.optional(),
  vehicleName: Text(80).optional(),
  vehicleModel: Text(80).optional(),
  ownership: Word(ownerships).optional(),
  fuelType: FuelType.optional(),
  ...clearable(mayLack),
  fleetMobileNumber: Phone.nullable().optional().catch(undefined),
});

interface Bodied {
  bodyType?: string | null | undefined;
  vehicleColor?: string | null | undefined;
}

/** Old panels put the body type into the colour. */
export const bodyTypeOf = ({ bodyType, vehicleColor }: Bodied): string | null | undefined => {
  const word = vehicleColor?.toUpperCase();
  return bodyType === undefined && word && bodyTypes.includes(word) ? word : bodyType;
};

export const vehicles = [
  post('/vehicles', {
    allow: 'vehicles:create',
    summary: 'Create a vehicle',
    says: 'Vehicle created successfully',
    status: 201,
    body: NewVehicle,
    returns: VehicleView,
    refuses: ['VEHICLE_NUMBER_TAKEN', 'FLEET_INACTIVE', 'FLEET_MISMATCH', 'HUB_INACTIVE'],
    async handle({ body, fleet, hub, actor, db, newId }) {
      requireInsuranceOrder(body);
      if (hub && hub.fleetId !== fleet.id) throw refusal('FLEET_MISMATCH');
      const id = newId();
      const vehicleModel = body.vehicleModel ?? body.vehicleName;
      await createOnce(() =>
        db.$transaction(async (tx) => {
          await requireOpenFleet(tx, fleet.id);
          if (hub) await holdOpenHub(tx, hub.id);
          await tx.vehicle.create({ data: { ...body, id, vehicleModel, bodyType: bodyTypeOf(body) ?? null } });
          await audit(tx, actor, { action: 'vehicle.created', subject: 'vehicle', subjectId: id });
        }),
      );
      return vehicleView(await db.vehicle.findUniqueOrThrow({ where: { id }, include: { assignments: activeLink } }));
    },
  }),

  get('/vehicles/fleet/:fleetId', {
    allow: 'vehicles:read',
    summary: 'List the vehicles of a fleet',
    params: z.object({ fleetId: idOf('fleet') }),
    query: z.object({
      status: Word(vehicleStatuses).optional(),
      hubId: idOf('hub', { orNone: true }).optional(),
      fuelType: FuelType.optional(),
      q: z.string().max(80).optional(),
      documents: z.enum(['expired', 'due']).optional(),
      ...Paging,
    }),
    list: true,
    returns: VehicleView,
    async handle({ fleet, query, db, visible }) {
      const { status, hubId, fuelType, q, documents } = query;
      const where: Prisma.VehicleWhereInput = {
        AND: [
          visible.vehicle,
          { fleetId: fleet.id },
          status ? { status } : {},
          hubId ? { hubId: String(hubId) === 'none' ? null : hubId } : {},
          fuelType ? { fuelType } : {},
          q ? plateWith(q) : {},
          documents ? expiring(documents) : {},
        ],
      };
      return vehiclesPage(db, where, pageOf(query));
    },
  }),

  get('/vehicles/:id', {
    allow: 'vehicles:read',
    summary: 'Read a vehicle',
    params: ById('vehicle'),
    returns: VehicleView.extend({
      fleet: z.object({ id: z.string(), name: z.string() }),
      hub: z.object({ id: z.string(), address: z.string() }).nullable(),
      activeAssignment: z
        .object({
          id: z.string(),
          driverId: z.string(),
          driver: SlimDriver,
        })
        .nullable(),
    }),
    handle: ({ vehicle }) =>
      Promise.resolve({ ...vehicleView(vehicle), activeAssignment: vehicle.assignments[0] ?? null }),
  }),

  get('/vehicles/hub/:hubId', {
    allow: 'vehicles:read',
    summary: 'List the vehicles of a hub',
    params: z.object({ hubId: idOf('hub') }),
    query: z.object(Paging),
    list: true,
    returns: VehicleView,
    handle: ({ hub, query, db, visible }) =>
      vehiclesPage(db, { AND: [visible.vehicle, { hubId: hub.id }] }, pageOf(query)),
  }),
];

const vehiclesPage = async (db: Db, where: Prisma.VehicleWhereInput, page: Page) => {
  const [total, rows] = await Promise.all([
    db.vehicle.count({ where }),
    db.vehicle.findMany({
      where,
      include: { assignments: activeLink },
      orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
      ...skipTake(page),
    }),
  ]);
  return { ...page, total, rows: rows.map(vehicleView) };
};

const expiring = (documents: 'expired' | 'due'): Prisma.VehicleWhereInput => {
  const today = new Date(`${istDay(Date.now())}T00:00:00.000Z`);
  const soon = new Date(today.getTime() + dueDays * dayMs);
  const when = documents === 'expired' ? { lt: today } : { gte: today, lte: soon };
  return { OR: [{ insuranceExpiry: when }, { permitExpiry: when }, { fitnessExpiry: when }] };
};
