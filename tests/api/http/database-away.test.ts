import { expect, test } from '@jest/globals';
import { errorAnswer } from '../../../api/http/errors.ts';

/** As the database adapter throws it when a connection breaks around BEGIN or COMMIT. */
const adapterError = (cause: { kind: string; code?: string; message?: string }) =>
  Object.assign(new Error(cause.message ?? cause.kind), { name: 'DriverAdapterError', cause });

/** As Prisma throws the same for a raw query. */
const rawQueryError = (kind: string) =>
  Object.assign(new Error('Raw query failed. Code: `N/A`.'), {
    ...{ code: 'P2010', meta: { driverAdapterError: { cause: { kind } } } },
  });

test.each([
  rawQueryError('DatabaseNotReachable'),
  adapterError({ kind: 'ConnectionClosed' }),
  adapterError({ kind: 'DatabaseNotReachable' }),
  adapterError({ kind: 'postgres', code: '57P01', message: 'terminating connection due to administrator command' }),
  adapterError({ kind: 'postgres', code: '57P03', message: 'the database system is starting up' }),
  new Error('Connection terminated unexpectedly'),
])('a database that goes away is no bug of ours: try again ($message)', (error) => {
  expect(errorAnswer(error, 'request').status).toBe(503);
});

test('a statement that the database refuses is one', () => {
  const error = adapterError({ kind: 'postgres', code: '42601', message: 'syntax error' });

  expect(errorAnswer(error, 'request').status).toBe(500);
});
