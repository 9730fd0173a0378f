/** A change of a file that exists: which one, why, and what it becomes. */
interface Edit {
  file: string;
  why: string;
  edit: (text: string) => string;
}

const put = (anchor: string, replaced: string) => (text: string) => {
  if (!text.includes(anchor)) throw new Error(`The example no longer fits: there is no ${JSON.stringify(anchor)}.`);
  return text.replace(anchor, () => replaced);
};
const before = (anchor: string, added: string) => put(anchor, added + anchor);
const after = (anchor: string, added: string) => put(anchor, anchor + added);
const all =
  (...edits: Edit['edit'][]) =>
  (text: string) =>
    edits.reduce((edited, edit) => edit(edited), text);

const end = '} satisfies Record<string,';

/** Every file that exists and changes when the domain `inspections`, whose own files stand in `new/`, joins the project. */
export const edits: Edit[] = [
  {
    file: 'prisma/models/fleet/vehicles.prisma',
    why: 'the other side of a relation, at the model that the new one refers to',
    edit: after('  tripAssignments TripAssignment[]\n', '  inspections     Inspection[]\n'),
  },
  {
    file: 'workflows/domain/fleet/refusals.ts',
    why: 'a new way to say no: status, sentence, remedy',
    edit: before(
      end,
      `  INSPECTION_OVER: {
    status: 409,
    says: ({ status, dueAt }: { status: string; dueAt: string }) => \`The inspection is \${status}; it was due at \${dueAt}\`,
    remedy: 'Order another inspection.',
  },
`,
    ),
  },
  {
    file: 'tests/domain/refusals.test.ts',
    why: 'its code, status and details, as the contract says them',
    edit: before(
      '  HUB_NOT_ASSIGNED: [',
      "  INSPECTION_OVER: ['INSPECTION_OVER', 409, { status: 'PASSED', dueAt: at }],\n",
    ),
  },
  {
    file: 'workflows/index.ts',
    why: 'the workflow, for the bundle of the worker',
    edit: (text) => `${text}export { inspectionWorkflow } from './fleet/inspections.ts';\n`,
  },
  {
    file: 'workflows/processes.ts',
    why: 'how the process is begun from its row: id, summary, labels',
    edit: all(
      after(
        "import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';\n",
        "import type { InspectionFacts } from './domain/fleet/inspections.ts';\n",
      ),
      (text) => `${text}
export const inspectionProcess = (inspection: InspectionFacts): Process<'inspectionWorkflow'> => ({
  type: 'inspectionWorkflow',
  workflowId: \`inspection:\${inspection.inspectionId}\`,
  isRecord: false,
  args: [inspection],
  summary: \`\${inspection.shortId} · due \${momentText(inspection.dueAt)}\`,
  labels: null,
});
`,
    ),
  },
  {
    file: 'activities/index.ts',
    why: 'its activities, for the worker',
    edit: all(
      before('import ', "import { inspectionActivities } from './fleet/inspections.ts';\n"),
      after('const groups = [\n', '    inspectionActivities(deps),\n'),
    ),
  },
  {
    file: 'activities/reconciliation.ts',
    why: 'which rows wait for their process, so that none is lost',
    edit: all(
      before('import ', "import { inspectionFacts } from '../workflows/domain/fleet/inspections.ts';\n"),
      before('import ', "import { inspectionProcess } from '../workflows/processes.ts';\n"),
      after(
        'const before = new Date(Date.now() - graceMs);\n',
        `      const inspections = await db.inspection.findMany({
        where: { status: 'ORDERED', createdAt: { lt: before } },
        ...page,
      });
`,
      ),
      before(
        '        payIns: await beginAll(',
        '        inspections: await beginAll(inspections.map((row) => inspectionProcess(inspectionFacts(row)))),\n',
      ),
    ),
  },
  {
    file: 'api/fleet/permissions.ts',
    why: 'who may do it',
    edit: before(end, "  'inspections:order': staff,\n  'inspections:read': staff,\n"),
  },
  {
    file: 'api/fleet/subjects.ts',
    why: 'how an id of it is loaded, and who sees which rows',
    edit: before(
      end,
      `  inspection: {
    visible: (caller: Caller): Prisma.InspectionWhereInput => ({ vehicle: inOwnScope(caller) }),
    load: ({ db }: Services, where: Wanted<Prisma.InspectionWhereInput>) => db.inspection.findFirst({ where }),
  },
`,
    ),
  },
  {
    file: 'api/fleet/endpoints.ts',
    why: 'its routes, for the API and its document',
    edit: all(
      before('import { vehicleStatus }', "import { inspections } from './inspections.ts';\n"),
      after('= [', '...inspections, '),
    ),
  },
  {
    file: 'api/fleet/examples.json',
    why: 'what each route is asked in the document; `npm run examples` adds the answer',
    edit: after(
      '{',
      `
  "POST /vehicles/inspections": { "body": { "vehicleId": "$VEHICLE_ID", "dueAt": "$PICKUP_TIME" } },
  "GET /vehicles/inspections/:id": {},
  "POST /vehicles/inspections/:id/pass": {},`,
    ),
  },
  {
    file: 'tests/api/fleet/situations.ts',
    why: 'a body that works, what must have happened before, a record of it: the tests of every route then know it',
    edit: all(
      before(
        "  'POST /vehicles': ",
        "  'POST /vehicles/inspections': () => ({ dueAt: new Date(Date.now() + 3_600_000).toISOString() }),\n",
      ),
      after(
        'export const fleetRecords = async ({ fleet, driver }: Cast) => ({\n',
        `  inspection: await anInspection(driver.vehicleId),
`,
      ),
      after(
        'export const fleetState = async (ofFleet: OfFleet) => ({\n',
        '  inspections: await db.inspection.findMany({ where: { vehicle: ofFleet.where } }),\n',
      ),
      after(
        'export const fleetScenes: ScenesByRoute = {\n',
        `  'GET /vehicles/inspections/:id': async ({ driver }) => ({ INSPECTION_ID: (await anInspection(driver.vehicleId)).id }),
  'POST /vehicles/inspections/:id/pass': async ({ driver }) => ({ INSPECTION_ID: (await anInspection(driver.vehicleId)).id }),
`,
      ),
      before('import ', "import { anInspection } from './inspections.ts';\n"),
    ),
  },
];
