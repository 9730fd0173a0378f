import express from 'express';
import pg from 'pg';

// The least that could answer with a record and what is shown with it: Express, one prepared statement, the row as it is.

const holder = (column: string, other: string) => `(
  SELECT json_agg(link) FROM (
    SELECT a.*, row_to_json(other) AS "other" FROM "assignments" a JOIN "${other}s" other ON other."id" = a."${other}Id"
    WHERE a."${column}" = one."id" AND a."status" = 'ACTIVE'
  ) link
) AS "assignments"`;

const place = `row_to_json(f) AS "fleet", row_to_json(h) AS "hub"`;
const places = `JOIN "fleets" f ON f."id" = one."fleetId" LEFT JOIN "hubs" h ON h."id" = one."hubId"`;

const statements = {
  trips: `SELECT one.* FROM "trips" one`,
  vehicles: `SELECT one.*, ${place}, ${holder('vehicleId', 'driver')} FROM "vehicles" one ${places}`,
  drivers: `SELECT one.*, ${place}, ${holder('driverId', 'vehicle')}, (
      SELECT json_agg(s) FROM "attendances" s WHERE s."driverId" = one."id" AND s."checkOutTime" IS NULL
    ) AS "attendances" FROM "drivers" one ${places}`,
};

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const app = express();
app.disable('x-powered-by');
app.disable('etag');
for (const [name, statement] of Object.entries(statements))
  app.get(`/${name}/:id`, async (request, response) => {
    const text = `${statement} WHERE one."id" = $1::uuid`;
    const { rows } = await pool.query({ name, text, values: [request.params['id']] });
    response.json(rows[0]);
  });
app.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
