import type { Request, RequestHandler, Response } from 'express';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { refusal } from '../../workflows/domain/refusals.ts';
import type { FieldIssue } from '../../workflows/domain/refusals.ts';
import { permissions } from '../permissions.ts';
import type { Services } from '../services.ts';
import { nothingReceived, receive } from './body.ts';
import type { Received } from './body.ts';
import { isDoor, requireKey, requireSignature } from '../doors.ts';
import { isRepeatable } from './endpoint.ts';
import type { Base, Endpoint } from './endpoint.ts';
import { errorAnswer, isConflict } from './errors.ts';
import { read } from './input.ts';
import { repetition } from './once.ts';
import type { Repetition } from './once.ts';
import type { LimitName, LimitState } from './rate-limit.ts';
import { present, replyOf } from './present.ts';
import { loadRecords } from './records.ts';
import { isScopeSet, resourceOf, visibleTo } from './scope.ts';
import type { Caller, Subject, Visible } from './scope.ts';
import { sendJson, sendingOf } from './send.ts';
import type { Send } from './send.ts';
import { ProcessOver } from './temporal.ts';
import { clientOf } from './client-address.ts';
import { bearerOf } from './tokens.ts';
import { notes } from './shapes.ts';

const keyPattern = /^[\x21-\x7e]{1,64}$/;

/**
 * Takes a request through its checks to its handler, and returns what sends the answer. The order of the checks is the contract's
 * (conventions section 11): token, role, scope, input, records, repetition, handler. The body is read after the limits and the role.
 */
export const serve = async (
  endpoint: Endpoint,
  services: Services,
  request: Request,
  response: Response,
  requestId: string,
): Promise<Send> => {
  const ip = addressOf(request);
  const header = (name: string) => request.get(name);
  if (!endpoint.bare && !isDoor(endpoint.allow)) await limit(services, response, 'ip', ip);
  const caller = await identify(endpoint, services, request, response, ip);
  if (endpoint.limit) await limit(services, response, ...bucketOf(endpoint.limit, caller, ip));
  requireRole(endpoint, caller);

  const received = await readBody(endpoint, request, response);
  const door = endpoint.allow;
  const signed = isDoor(door)
    ? await proved(services, response, ip, () => requireSignature(door, received, services.env))
    : null;
  const inputs = readInputs(endpoint, request, received, caller);
  const visible = caller ? visibleTo(caller) : nobody;
  const load = () =>
    loadRecords(services, { caller, visible }, [
      { shape: endpoint.params, value: inputs.params },
      { shape: endpoint.query, value: inputs.query },
      { shape: endpoint.body, value: inputs.body },
    ]);
  let records = await load();

  const repeated = repetition(services, {
    key: keyOf(endpoint, request),
    callerId: caller?.userId ?? '',
    route: `${request.method} ${request.path}`,
    body: repeatedBody(inputs.body, received),
  });
  const known = await repeated.recall();
  if (known) {
    response.set('Idempotency-Replayed', 'true');
    return () => sendJson(response, known);
  }

  const { bytes, upload } = received;
  const base = baseOf(services, repeated, { visible, requestId, ip, header, bytes, signed, upload });
  const actor = caller && { userId: caller.userId, driverId: caller.driverId, role: caller.role, requestId };
  const asCsv = endpoint.csv !== undefined && request.accepts(['json', 'csv']) === 'csv';
  const output = asCsv ? 'csv' : endpoint.output;
  const handle = () => {
    const context = { ...base, caller, actor, ...inputs, ...records } as never;
    return asCsv ? endpoint.csv!(context) : endpoint.handle(context);
  };
  try {
    const result = await attempt(handle, async () => {
      records = await load();
    });
    if (output !== 'json') return await sendingOf(response, output, endpoint.returns, replyOf(endpoint, result));
    const { answer, headers } = present(endpoint, result);
    await repeated.store(answer);
    response.set(headers);
    return () => sendJson(response, answer);
  } catch (error) {
    await storeRefusal(error, repeated, requestId);
    throw error;
  }
};

const attemptsMax = 3;

/** Does the work, and does it again on what is there now: when its record closed in between, or others were in its way. */
const attempt = async (work: () => Promise<unknown>, reload: () => Promise<void>, number = 1): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    const mayPass = error instanceof ProcessOver || isConflict(error);
    if (!mayPass || number === attemptsMax) throw error;
    await reload();
    return attempt(work, reload, number + 1);
  }
};

/** Correct messages of partners are not limited; who sends wrong ones is, and operations hear of it. Source: easebuzz.md, rule 14. */
const proved = async <T>(services: Services, response: Response, ip: string, check: () => T): Promise<T> => {
  try {
    return check();
  } catch (error) {
    const { remaining, retryAfterSeconds } = await services.limits.take('forged', ip);
    if (remaining === 0 && retryAfterSeconds === null) services.log.warn({ ip }, 'many messages with a wrong proof');
    await limit(services, response, 'ip', ip);
    throw error;
  }
};

const addressOf = (request: Request): string => clientOf(request.ip ?? '');

/** What cannot be read was not sent to an endpoint that must never answer 400. */
const readBody = async (endpoint: Endpoint, request: Request, response: Response): Promise<Received> => {
  if (!endpoint.body && endpoint.input !== 'raw') return nothingReceived;
  try {
    return await receive(endpoint, request, response);
  } catch (error) {
    if (endpoint.lenient) return nothingReceived;
    throw error;
  }
};

/** What a repeated request must have in common with the first: the fields, and the content of a file. */
const repeatedBody = (body: unknown, { upload }: Received): unknown =>
  upload ? { body, upload: createHash('sha256').update(upload.content).digest('hex') } : body;

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
    const door = endpoint.allow;
    await proved(services, response, ip, () => requireKey(door, (name) => request.get(name), services.env));
    return null;
  }
  if (endpoint.bare) return null;
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

/** Takes one from the bucket of the client's address, for what is no endpoint. */
export const limitAddress =
  (services: Services): RequestHandler =>
  async (request, response, next) => {
    await limit(services, response, 'ip', addressOf(request));
    next();
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

const readInputs = (endpoint: Endpoint, request: Request, received: Received, caller: Caller | null) => {
  const params = read(endpoint.params, { ...request.params });
  // A path id that cannot be one names nothing: that is 404, not a fault of the request.
  if (params.value === null) throw refusal('NOT_FOUND', { resource: subjectOfPath(endpoint) });
  const query = read(endpoint.query, { ...request.query });
  if (endpoint.lenient) {
    const whole = read(endpoint.body, received.body);
    const nothing = (shape: Endpoint['body']) => read(shape, {}).value;
    return {
      params: params.value,
      query: query.value ?? nothing(endpoint.query),
      body: whole.value ?? nothing(endpoint.body),
    };
  }
  const body = read(endpoint.body, endpoint.body ? received.body : undefined, caller);
  const issues: FieldIssue[] = [...query.issues, ...body.issues, ...keyIssues(endpoint, request)];
  if (issues.length > 0) throw refusal('VALIDATION_ERROR', issues);
  return { params: params.value, query: query.value, body: body.value };
};

const subjectOfPath = ({ params }: Endpoint): string => {
  const fields = Object.values((params as z.ZodObject | undefined)?.shape ?? {}) as z.ZodType[];
  const subject: Subject | undefined = fields.map((field) => notes.get(field)?.subject).find(Boolean);
  return subject ? resourceOf(subject) : 'route';
};

const keyOf = (endpoint: Endpoint, request: Request): string | undefined =>
  isRepeatable(endpoint) ? request.get('idempotency-key') : undefined;

const keyIssues = (endpoint: Endpoint, request: Request): FieldIssue[] => {
  const key = keyOf(endpoint, request);
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
  request: { visible: Visible } & Pick<Base, 'requestId' | 'ip' | 'header' | 'bytes' | 'signed' | 'upload'>,
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
