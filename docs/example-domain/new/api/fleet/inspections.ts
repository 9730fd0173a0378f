import { z } from 'zod';
import { inspectionFacts, requirePassable } from '../../workflows/domain/fleet/inspections.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import { passInspection } from '../../workflows/fleet/inspections.ts';
import { inspectionProcess } from '../../workflows/processes.ts';
import { get, post } from '../http/endpoint.ts';
import { createOnce } from '../http/once.ts';
import { ById, idOf, Instant, InstantIn } from '../http/shapes.ts';

const InspectionView = z.object({
  id: z.string(),
  shortId: z.string(),
  vehicleId: z.string(),
  status: z.enum(['ORDERED', 'PASSED', 'MISSED']),
  dueAt: Instant,
});
z.globalRegistry.add(InspectionView, { id: 'Inspection' });

export const inspections = [
  post('/vehicles/inspections', {
    allow: 'inspections:order',
    summary: 'Order an inspection of a vehicle',
    says: 'Inspection ordered',
    status: 201,
    body: z.object({ vehicleId: idOf('vehicle'), dueAt: InstantIn }),
    returns: InspectionView,
    refuses: ['VEHICLE_INACTIVE'],
    async handle({ vehicle, body, db, newId, begin }) {
      if (vehicle.status !== 'ACTIVE') throw refusal('VEHICLE_INACTIVE');
      const id = newId();
      await createOnce(() => db.inspection.create({ data: { id, vehicleId: vehicle.id, dueAt: body.dueAt } }));
      const inspection = await db.inspection.findUniqueOrThrow({ where: { id } });
      begin(inspectionProcess(inspectionFacts(inspection)));
      return inspection;
    },
  }),

  get('/vehicles/inspections/:id', {
    allow: 'inspections:read',
    summary: 'Read an inspection',
    params: ById('inspection'),
    returns: InspectionView,
    handle: ({ inspection }) => Promise.resolve(inspection),
  }),

  post('/vehicles/inspections/:id/pass', {
    allow: 'inspections:order',
    summary: 'Say that a vehicle has passed its inspection',
    says: 'Inspection passed',
    params: ById('inspection'),
    returns: InspectionView,
    refuses: ['INSPECTION_OVER'],
    async handle({ inspection, actor, db, ask }) {
      const facts = inspectionFacts(inspection);
      requirePassable(facts, Date.now());
      await ask(inspectionProcess(facts), passInspection, { by: actor });
      return db.inspection.findUniqueOrThrow({ where: { id: inspection.id } });
    },
  }),
];
