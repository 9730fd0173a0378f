import express from 'express';
import pg from 'pg';

// The least that could answer with a trip: Express, one prepared statement, the row as it is.

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/trips/:id', async (request, response) => {
  const { rows } = await pool.query({
    name: 'trip',
    text: 'SELECT * FROM "trips" WHERE "id" = $1::uuid',
    values: [request.params.id],
  });
  response.json(rows[0]);
});
app.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
