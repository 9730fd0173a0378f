import { refusal, refusalIn, refusals } from '../../workflows/domain/refusals.ts';
import type { RefusalKey } from '../../workflows/domain/refusals.ts';
import { subjects } from '../subjects.ts';

const besides = new WeakMap<object, Record<string, unknown>>();

/** A refusal that carries a value at the top of its envelope, where clients already look for it. */
export const beside = <E extends Error>(error: E, values: Record<string, unknown>): E => {
  besides.set(error, values);
  return error;
};

/** What running into a unique constraint means, by the name of the constraint. */
const uniqueRefusals: Record<string, () => Error> = Object.fromEntries(
  Object.values(subjects).flatMap(({ unique = {} }) => Object.entries(unique)),
);

interface DatabaseFault {
  code?: string;
  meta?: { driverAdapterError?: { cause?: { kind?: string; originalCode?: string; originalMessage?: string } } };
}

const faultOf = (error: unknown): DatabaseFault | null =>
  error instanceof Error && error.constructor.name === 'PrismaClientKnownRequestError'
    ? (error as DatabaseFault)
    : null;

/** The name of the unique constraint that a statement ran into, or null. */
export const uniqueViolation = (error: unknown): string | null => {
  const fault = faultOf(error);
  if (fault?.code !== 'P2002') return null;
  const message = fault.meta?.driverAdapterError?.cause?.originalMessage ?? '';
  return /constraint "([^"]+)"/.exec(message)?.[1] ?? '';
};

const unreachable = new Set(['P2034', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
/** Of the network, and of PostgreSQL: conflicts, limits of time and locks, shutting down, too many connections. */
const awayCodes = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|40001|40P01|55P03|57014|57P0[1-3]|53300)$/;
const awayWords =
  /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|not queryable|timeout exceeded when trying to connect/;
/** What the database adapter calls the same. Around BEGIN and COMMIT its own error arrives; Prisma's for a raw query holds it. */
const adapterKinds = new Set(['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout', 'TooManyConnections']);

const isDatabaseAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { code = '', meta } = error as DatabaseFault;
  const cause = (error.cause ?? meta?.driverAdapterError?.cause ?? {}) as {
    kind?: string;
    code?: string;
    originalCode?: string;
  };
  if (unreachable.has(code) || adapterKinds.has(cause.kind ?? '')) return true;
  const codes = [code, cause.code ?? '', cause.originalCode ?? ''];
  return codes.some((found) => awayCodes.test(found)) || awayWords.test(`${error.message} ${String(error.cause)}`);
};

/**
 * Whether the database rolled a transaction back because another one was in its way: a deadlock, or a serialization failure. Done
 * again it may well go through.
 */
export const isConflict = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { code, meta } = error as DatabaseFault;
  const cause = (error.cause ?? meta?.driverAdapterError?.cause ?? {}) as { kind?: string; originalCode?: string };
  return (
    code === 'P2034' || cause.kind === 'TransactionWriteConflict' || /^40(?:001|P01)$/.test(cause.originalCode ?? '')
  );
};

/** Whatever was thrown, as one of our refusals; unknown things are bugs and say nothing. */
const asRefusal = (error: unknown): Error => {
  if (refusalIn(error)) return error as Error;
  const constraint = uniqueViolation(error);
  if (constraint !== null) return uniqueRefusals[constraint]?.() ?? refusal('INTERNAL_SERVER_ERROR');
  const code = faultOf(error)?.code;
  if (code === 'P2003' || code === 'P2025') return refusal('NOT_FOUND', { resource: 'record' });
  if (isDatabaseAway(error)) return refusal('SERVICE_UNAVAILABLE');
  // A path that cannot be decoded.
  if (error instanceof URIError) return refusal('NOT_FOUND', { resource: 'route' });
  return refusal('INTERNAL_SERVER_ERROR');
};

export interface ErrorAnswer {
  key: RefusalKey;
  status: number;
  body: Record<string, unknown>;
}

/** The one error envelope. Source: conventions section 3. */
export const errorAnswer = (thrown: unknown, requestId: string): ErrorAnswer => {
  const error = asRefusal(thrown);
  const found = refusalIn(error) ?? { key: 'INTERNAL_SERVER_ERROR' as const, details: null, message: '' };
  const { key, details, message } = found;
  const { status, code = key } = refusals[key] as { status: number; code?: string };
  return {
    key,
    status,
    body: {
      ...besides.get(error),
      success: false,
      statusCode: status,
      message: message || refusals.INTERNAL_SERVER_ERROR.says(),
      errorCode: code,
      error: { code, details },
      data: null,
      timestamp: new Date().toISOString(),
      requestId,
    },
  };
};
