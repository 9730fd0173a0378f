import type { Client } from '@temporalio/client';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { isSettled, shiftFacts } from '../../workflows/domain/shifts/attendance.ts';
import { isOver } from '../../workflows/domain/trips/trip-lifecycle.ts';
import { attributes } from '../../workflows/shared/search-attributes.ts';
import { isShiftExplained, isTripExplained } from './lifecycles.ts';

const { sql } = Prisma;

/** What the queries below share: the open assignments, and which step of a trip its passenger is told how. */
const shared = sql`
  WITH open AS (SELECT * FROM "trip_assignments" WHERE "status" IN ('ASSIGNED', 'ACTIVE')),
  told(type, event) AS (VALUES
    ('assign', 'passenger:assigned'), ('reassign', 'passenger:assigned'), ('start', 'passenger:on_the_way'),
    ('arrive', 'passenger:arrived'), ('complete', 'passenger:completed'), ('cancel', 'passenger:cancelled'),
    ('noShow', 'passenger:no_show')),
  events AS (
    SELECT "tripId" AS record, "commandId", "type", "data", "outcome" FROM "trip_events"
    UNION ALL SELECT "attendanceId", "commandId", "type", "data", "outcome" FROM "attendance_events")`;

/** What the tables must say, and how to find the records that say otherwise. */
const inTables: Record<string, Prisma.Sql> = {
  'a trip has one open assignment at most': sql`
    SELECT "tripId" AS record FROM open GROUP BY "tripId" HAVING count(*) > 1`,

  'a trip has an open assignment exactly while a driver has it': sql`
    SELECT t."shortId" AS record FROM "trips" t
    WHERE (t."status" IN ('DRIVER_ASSIGNED', 'STARTED')) <> (t."id" IN (SELECT "tripId" FROM open))`,

  'an assignment is open until the driver is released': sql`
    SELECT "shortId" AS record FROM "trip_assignments"
    WHERE ("unassignedAt" IS NULL) <> ("status" IN ('ASSIGNED', 'ACTIVE'))`,

  'a driver is available exactly when they may drive and has no trip': sql`
    SELECT d."shortId" AS record FROM "drivers" d JOIN "users" u ON u."id" = d."userId"
    WHERE d."isAvailable" <>
      (u."isActive" AND d."status" = 'ACTIVE' AND d."id" NOT IN (SELECT "driverId" FROM open))`,

  'airport trips of a driver are an hour apart, and a rental has its day to itself': sql`
    SELECT one."shortId" AS record
    FROM open mine JOIN open other ON other."driverId" = mine."driverId" AND other."id" <> mine."id"
      JOIN "trips" one ON one."id" = mine."tripId" JOIN "trips" two ON two."id" = other."tripId"
    WHERE (one."tripType" = 'AIRPORT' AND two."tripType" = 'AIRPORT'
        AND one."pickupTime" >= two."pickupTime" AND one."pickupTime" < two."pickupTime" + INTERVAL '1 hour')
      OR (one."tripType" = 'RENTAL' AND (one."pickupTime" AT TIME ZONE 'Asia/Kolkata')::date
        = (two."pickupTime" AT TIME ZONE 'Asia/Kolkata')::date)`,

  'a driver has one open shift at most': sql`
    SELECT "driverId" AS record FROM "attendances"
    WHERE "status" IN ('PENDING', 'APPROVED') AND "checkOutTime" IS NULL GROUP BY "driverId" HAVING count(*) > 1`,

  'a break runs only in an open shift': sql`
    SELECT b."shortId" AS record FROM "breaks" b JOIN "attendances" s ON s."id" = b."attendanceId"
    WHERE b."endTime" IS NULL AND NOT (s."status" = 'APPROVED' AND s."checkOutTime" IS NULL)`,

  'one command is one event': sql`
    SELECT "commandId" AS record FROM events WHERE "commandId" NOT IN ('create', 'checkIn')
    GROUP BY "commandId" HAVING count(*) > 1`,

  'an event knows what became of its command': sql`
    SELECT record FROM events WHERE outcome IS NULL AND "commandId" NOT IN ('create', 'checkIn')`,

  'an assignment was made by one event': sql`
    SELECT a."shortId" AS record FROM "trip_assignments" a WHERE 1 <>
      (SELECT count(*) FROM events e WHERE e.record = a."tripId" AND e.data->>'assignmentId' = a."id"::text)`,

  'an event that gives a trip away made its assignment': sql`
    SELECT e.record FROM events e WHERE e.data->>'assignmentId' NOT IN (SELECT "id"::text FROM "trip_assignments")`,

  'a break was begun by one event': sql`
    SELECT b."shortId" AS record FROM "breaks" b WHERE 1 <>
      (SELECT count(*) FROM events e WHERE e.record = b."attendanceId" AND e.data->>'breakId' = b."id"::text)`,

  'one cause is one message': sql`
    SELECT "dedupeKey" AS record FROM "notifications" GROUP BY "dedupeKey" HAVING count(*) > 1`,

  'a passenger is told of each step once': sql`
    SELECT DISTINCT t."shortId" AS record FROM "trips" t CROSS JOIN told
    WHERE t."passengerPhone" IS NOT NULL AND t."source" IN ('ADMIN', 'PUBLIC') AND
      (SELECT count(*) FROM "notifications" n WHERE n."tripId" = t."id" AND n."event" = told.event) <>
      (SELECT count(*) FROM events e JOIN told of ON of.type = e.type WHERE e.record = t."id" AND of.event = told.event)`,
};

interface Records {
  trips: Prisma.TripGetPayload<{ include: { events: true } }>[];
  shifts: Prisma.AttendanceGetPayload<{ include: { breaks: true; events: true } }>[];
  /** The records whose workflow should run, by the workflow's id, and what runs. */
  open: Set<string>;
  running: Set<string>;
  stuck: string[];
}

const readRecords = async (db: Tx, temporal: Client): Promise<Records> => {
  const running = new Set<string>();
  const stuck: string[] = [];
  for await (const { workflowId, typedSearchAttributes } of temporal.workflow.list({
    query: 'ExecutionStatus = "Running"',
  })) {
    if (!/^(?:trip|shift|notification):/.test(workflowId)) continue;
    running.add(workflowId);
    if (typedSearchAttributes.get(attributes.NeedsHuman)) stuck.push(workflowId);
  }
  const inOrder = { events: { orderBy: { id: 'asc' } } } as const;
  const trips = await db.trip.findMany({ include: inOrder });
  const shifts = await db.attendance.findMany({ include: { breaks: true, ...inOrder } });
  const queued = await db.notification.findMany({ where: { status: 'QUEUED' }, select: { id: true } });
  const open = new Set([
    ...trips.filter((trip) => !isOver(trip)).map(({ id }) => `trip:${id}`),
    ...shifts.filter((shift) => !isSettled(shiftFacts(shift))).map(({ id }) => `shift:${id}`),
    ...queued.map(({ id }) => `notification:${id}`),
  ]);
  return { trips, shifts, open, running, stuck };
};

/** What rows, events and workflows must say of each other. */
const betweenThem: Record<string, (records: Records) => string[]> = {
  'a trip is where its events lead': ({ trips }) =>
    trips.filter((trip) => !isTripExplained(trip)).map(({ shortId }) => shortId),
  'a shift is where its events lead': ({ shifts }) =>
    shifts.filter((shift) => !isShiftExplained(shift)).map(({ shortId }) => shortId),
  'whatever is open has a workflow': ({ open, running }) => [...open].filter((id) => !running.has(id)),
  'nothing needs a human': ({ stuck }) => stuck,
  'whatever is over has none': ({ open, running }) => [...running].filter((id) => !open.has(id)),
};

/**
 * The sentences that are not true of the system, with the records that break them; none when it is healthy. Asked while
 * something is under way, it may name what is just being done.
 */
export const brokenInvariants = async (db: Tx, temporal: Client): Promise<string[]> => {
  const broken: string[] = [];
  const report = (sentence: string, records: string[]) => {
    if (records.length > 0) broken.push(`Not true: ${sentence} (${records.slice(0, 5).join(', ')})`);
  };
  for (const [sentence, query] of Object.entries(inTables)) {
    const found = await db.$queryRaw<{ record: string }[]>(sql`${shared} ${query}`);
    report(
      sentence,
      found.map(({ record }) => record),
    );
  }
  const records = await readRecords(db, temporal);
  for (const [sentence, find] of Object.entries(betweenThem)) report(sentence, find(records));
  return broken;
};
