import { Router } from 'express';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { FieldIssue } from '../../workflows/domain/refusals.ts';
import { permissions } from '../permissions.ts';
import type { Services } from '../services.ts';
import { isDoor, requireProof } from './doors.ts';
import type { Base, Endpoint } from './endpoint.ts';
import { errorAnswer } from './errors.ts';
import { read } from './input.ts';
import { repetition } from './once.ts';
import type { Repetition } from './once.ts';
import type { LimitName, LimitState } from './rate-limit.ts';
import { present } from './present.ts';
import { loadRecords } from './records.ts';
import { isScopeSet, resourceOf, visibleTo } from './scope.ts';
import type { Caller, Subject, Visible } from './scope.ts';
import { ProcessOver } from './temporal.ts';
import { bearerOf } from './tokens.ts';
import { notes } from './shapes.ts';

const handlerLimitMs = 30_000;
const keyPattern = /^[\x21-\x7e]{1,64}$/;

/** Mounts endpoints so that a literal segment always wins over a parameter, whatever order they are declared in. */
export const mount = (endpoints: readonly Endpoint[], services: Services): Router => {
  const router = Router({ caseSensitive: true, strict: false });
  const routes = endpoints.flatMap((endpoint) =>
    [endpoint.path, ...endpoint.aliases].map((path) => ({ path, endpoint })),
  );
  // Compared by code unit: a locale would put the tilde first.
  const bySpecificity = (a: string, b: string) => (specificity(a) < specificity(b) ? -1 : 1);
  for (const { path, endpoint } of routes.sort((a, b) => bySpecificity(a.path, b.path))) {
    router[endpoint.method](path, (request, response) => answer(endpoint, services, request, response));
  }
  return router;
};

const specificity = (path: string) =>
  path
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '~' : segment))
    .join('/');

const answer = async (endpoint: Endpoint, services: Services, request: Request, response: Response): Promise<void> => {
  const requestId = response.locals['requestId'] as string;
  try {
    await within(handlerLimitMs, () => serve(endpoint, services, request, response, requestId));
  } catch (error) {
    sendError(error, services, response);
  }
};

const within = async <T>(limitMs: number, work: () => Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(refusal('SERVICE_UNAVAILABLE')), limitMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
};

/** The order of the checks is the contract's (conventions section 11): token, role, scope, input, records, repetition, handler. */
const serve = async (
  endpoint: Endpoint,
  services: Services,
  request: Request,
  response: Response,
  requestId: string,
): Promise<void> => {
  const ip = request.ip ?? 'unknown';
  if (!endpoint.raw) await limit(services, response, 'ip', ip);
  const caller = await identify(endpoint, services, request, response, ip);
  if (endpoint.limit) await limit(services, response, ...bucketOf(endpoint.limit, caller, ip));
  requireRole(endpoint, caller);

  const inputs = readInputs(endpoint, request, response.locals['bodyFault'], caller);
  const visible = caller ? visibleTo(caller) : nobody;
  const load = () =>
    loadRecords(services, visible, [
      { shape: endpoint.params, value: inputs.params },
      { shape: endpoint.query, value: inputs.query },
      { shape: endpoint.body, value: inputs.body },
    ]);
  let records = await load();

  const repeated = repetition(services, {
    key: caller ? keyOf(request) : undefined,
    callerId: caller?.userId ?? '',
    route: `${request.method} ${request.path}`,
    body: inputs.body,
  });
  const known = await repeated.recall();
  if (known) {
    response.set('Idempotency-Replayed', 'true').status(known.statusCode).json(known.body);
    return;
  }

  const base = baseOf(services, repeated, { visible, requestId, ip, header: (name) => request.get(name) });
  const actor = caller && { userId: caller.userId, driverId: caller.driverId, role: caller.role, requestId };
  const handle = () => endpoint.handle({ ...base, caller, actor, ...inputs, ...records } as never);
  try {
    const result = await handle().catch(async (error: unknown) => {
      if (!(error instanceof ProcessOver)) throw error;
      records = await load(); // The record closed between our reading and our asking: read it again.
      return handle();
    });
    const { answer: sent, headers } = present(endpoint, result);
    await repeated.store(sent);
    response.set(headers).status(sent.statusCode);
    if (typeof sent.body === 'string') response.type('text').send(sent.body);
    else response.json(sent.body);
  } catch (error) {
    await storeRefusal(error, repeated, requestId);
    throw error;
  }
};

const nobody = visibleTo({
  userId: '00000000-0000-4000-8000-000000000000',
  role: 'DRIVER',
  fleetId: null,
  hubIds: [],
  driverId: null,
  sessionId: '',
});

const identify = async (
  endpoint: Endpoint,
  services: Services,
  request: Request,
  response: Response,
  ip: string,
): Promise<Caller | null> => {
  const token = bearerOf(request.get('authorization'));
  const isPublic = endpoint.allow === 'public';
  if (isDoor(endpoint.allow)) {
    const machine = { header: (name: string) => request.get(name), body: request.body as unknown };
    requireProof(endpoint.allow, machine, services.env);
    return null;
  }
  if (endpoint.raw) return null;
  let caller: Caller | null = null;
  let fault: unknown = token
    ? null
    : refusal('UNAUTHORIZED', { reason: request.get('authorization') ? 'MALFORMED' : 'MISSING' });
  if (token) {
    try {
      caller = await services.callers.identify(token);
    } catch (error) {
      fault = error;
    }
  }
  await limit(services, response, 'general', `${ip}:${caller?.userId ?? 'anon'}`);
  if (!caller && !isPublic) throw fault;
  return caller;
};

const bucketOf = (declared: NonNullable<Endpoint['limit']>, caller: Caller | null, ip: string): [LimitName, string] => {
  if (typeof declared === 'string') return [declared, ip];
  return caller ? [declared.known, caller.userId] : [declared.anonymous, ip];
};

const limit = async (services: Services, response: Response, bucket: LimitName, key: string) => {
  const state = await services.limits.take(bucket, key);
  if (bucket !== 'ip' || state.retryAfterSeconds !== null) setLimitHeaders(response, state);
  const { retryAfterSeconds } = state;
  if (retryAfterSeconds !== null) throw refusal('RATE_LIMIT_EXCEEDED', { retryAfterSeconds });
};

const setLimitHeaders = (response: Response, state: LimitState): void => {
  response.set({
    'X-RateLimit-Limit': String(state.limit),
    'X-RateLimit-Remaining': String(state.remaining),
    'X-RateLimit-Reset': String(state.resetAtSeconds),
    ...(state.retryAfterSeconds === null ? {} : { 'Retry-After': String(state.retryAfterSeconds) }),
  });
};

const requireRole = ({ allow }: Endpoint, caller: Caller | null): void => {
  if (allow === 'public' || isDoor(allow) || !caller) return;
  if (!permissions[allow].includes(caller.role)) throw refusal('FORBIDDEN');
  if (!isScopeSet(caller)) throw refusal('SCOPE_NOT_SET');
};

const readInputs = (endpoint: Endpoint, request: Request, bodyFault: unknown, caller: Caller | null) => {
  const params = read(endpoint.params, { ...request.params });
  // A path id that cannot be one names nothing: that is 404, not a fault of the request.
  if (params.value === null) throw refusal('NOT_FOUND', { resource: subjectOfPath(endpoint) });
  const query = read(endpoint.query, { ...request.query });
  if (endpoint.lenient) {
    const whole = read(endpoint.body, request.body ?? {});
    return { params: params.value, query: query.value, body: whole.value ?? read(endpoint.body, {}).value };
  }
  if (bodyFault !== undefined) throw bodyFault;
  const body = read(endpoint.body, endpoint.body ? (request.body ?? {}) : undefined, caller);
  const issues: FieldIssue[] = [...query.issues, ...body.issues, ...keyIssues(request)];
  if (issues.length > 0) throw refusal('VALIDATION_ERROR', issues);
  return { params: params.value, query: query.value, body: body.value };
};

const subjectOfPath = ({ params }: Endpoint): string => {
  const fields = Object.values((params as z.ZodObject | undefined)?.shape ?? {}) as z.ZodType[];
  const subject: Subject | undefined = fields.map((field) => notes.get(field)?.subject).find(Boolean);
  return subject ? resourceOf(subject) : 'route';
};

const keyOf = (request: Request): string | undefined =>
  request.method === 'POST' ? (request.get('idempotency-key') ?? undefined) : undefined;

const keyIssues = (request: Request): FieldIssue[] => {
  const key = keyOf(request);
  if (key === undefined || keyPattern.test(key)) return [];
  return [
    {
      field: 'Idempotency-Key',
      issue: 'invalid_format',
      message: 'Idempotency-Key must be 1 to 64 visible characters',
    },
  ];
};

const baseOf = (
  services: Services,
  repeated: Repetition,
  request: { visible: Visible; requestId: string; ip: string; header: Base['header'] },
): Base => ({
  ...request,
  services,
  db: services.db,
  isKeyed: repeated.isKeyed,
  newId: (what = 'id') => repeated.idOf(what),
  commandId: (update, target) => repeated.updateIdOf(update.name, target),
  ask: (process, update, input) =>
    services.temporal.ask(
      process,
      update,
      [input] as never,
      repeated.updateIdOf(update.name, process.workflowId),
      request.requestId,
    ),
  begin: (process) => services.temporal.begin(process, request.requestId),
  tell: (process, update, input, updateId) =>
    services.temporal.tell(process, update, input, updateId, request.requestId),
});

const replayable = new Set([400, 404, 409, 422]);

/**
 * A business refusal is an answer too, kept like any other: who tries again takes a new key. What depends on who asks or on the
 * form is not.
 */
const storeRefusal = async (error: unknown, repeated: Repetition, requestId: string): Promise<void> => {
  const { status, body } = errorAnswer(error, requestId);
  if (status >= 500) return; // The outcome is not known; the key stays bound to its request.
  if (!replayable.has(status) || body['errorCode'] === 'VALIDATION_ERROR') return repeated.release();
  return repeated.store({ statusCode: status, body: body as Prisma.InputJsonObject });
};

const retryAfterSeconds = 2;

/** Renders whatever was thrown; a bug is logged with its stack and says nothing to the client. */
export const sendError = (error: unknown, { log }: Pick<Services, 'log'>, response: Response): void => {
  const { status, body, key } = errorAnswer(error, response.locals['requestId'] as string);
  if (key === 'INTERNAL_SERVER_ERROR') log.error({ err: error, requestId: body['requestId'] }, 'unexpected');
  if (response.headersSent) return;
  const details = (body['error'] as { details?: { retryAfterSeconds?: number } | null }).details;
  if (status === 503) response.set('Retry-After', String(retryAfterSeconds));
  if (details?.retryAfterSeconds) response.set('Retry-After', String(details.retryAfterSeconds));
  response.status(status).json(body);
};
