import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { fleetRefusals } from './fleet/refusals.ts';
import { moneyRefusals } from './money/refusals.ts';
import { peopleRefusals } from './people/refusals.ts';
import type { FieldIssue, Refusal } from './refusal.ts';
import { shiftsRefusals } from './shifts/refusals.ts';
import { tripsRefusals } from './trips/refusals.ts';

export type { FieldIssue } from './refusal.ts';

const named = (resource: string) =>
  resource.replace(/([A-Z])/g, (capital) => ` ${capital.toLowerCase()}`).replace(/^./, (first) => first.toUpperCase());

const unauthorized = {
  MISSING: 'Authentication required',
  MALFORMED: 'The Authorization header must read "Bearer <access token>", with a token of this API',
  EXPIRED: 'Your access token has expired',
  REVOKED: 'Your session has ended',
  INACTIVE: 'Your account may not be used at present',
  STALE_CLAIMS: 'Your role or scope has changed since you logged in',
};

/** What every route may refuse, and what several areas do. */
const commonRefusals = {
  VALIDATION_ERROR: {
    status: 400,
    says: (issues: FieldIssue[]) => issues[0]?.message ?? 'The request is not valid',
    remedy: 'Correct every field named in `error.details` and send the request again.',
  },
  UNAUTHORIZED: {
    status: 401,
    says: ({ reason }: { reason: keyof typeof unauthorized }) => unauthorized[reason],
    remedy: 'Refresh the access token once; when that fails, log in again.',
  },
  MALFORMED: {
    status: 400,
    says: () => 'The message cannot be read',
    remedy: 'Send a form or an object in JSON, in UTF-8, each field once.',
  },
  INVALID_SIGNATURE: {
    status: 400,
    says: () => 'The signature is not correct',
    remedy: 'Sign the message with the key and salt of this merchant.',
  },
  FORBIDDEN: {
    status: 403,
    says: () => 'Your role does not allow this',
    remedy: 'Ask somebody whose role is listed for this route.',
  },
  SCOPE_FORBIDDEN: {
    status: 403,
    says: (_?: { resource: string }) => 'This record is outside your fleet or hubs',
    remedy: 'Work with records of your own fleet and hubs.',
  },
  SCOPE_NOT_SET: {
    status: 403,
    says: () => 'Your account has no fleet or hub yet',
    remedy: 'Ask an administrator to set the fleet (and hubs) of your account.',
  },
  FIELD_FORBIDDEN: {
    status: 403,
    says: ({ field }: { field: string }) => `You may not set ${field}`,
    remedy: 'Leave the field out.',
  },
  NOT_FOUND: {
    status: 404,
    says: ({ resource }: { resource: string }) => `${named(resource)} not found`,
    remedy: 'Check the id or the path.',
  },
  GEOFENCE_VIOLATION: {
    status: 400,
    says: ({ distanceMeters, radiusMeters }: { distanceMeters: number; radiusMeters: number }) =>
      `You are ${distanceMeters} m away; ${radiusMeters} m are allowed`,
    remedy: 'Go closer and try again.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    says: () => 'This Idempotency-Key was used for another request',
    remedy: 'Use a new key for a new request.',
  },
  NOTHING_TO_DECIDE: {
    status: 409,
    says: () => 'The outcome is known, or the partner is still being asked',
    remedy: 'Read the record, and decide only while it needs a human.',
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    says: (_?: { retryAfterSeconds: number }) => 'Too many requests',
    remedy: 'Wait for the seconds in `Retry-After`.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    says: ({ allowed }: { allowed: string[] }) => `This path answers to ${allowed.join(', ')} only`,
    remedy: 'Use a method that the header `Allow` names.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    says: ({ maxBytes }: { maxBytes: number }) => `The request body is larger than ${maxBytes} bytes`,
    remedy: 'Send at most `details.maxBytes`.',
  },
  FILE_TOO_LARGE: {
    status: 413,
    says: ({ maxBytes }: { maxBytes: number }) => `The file is larger than ${maxBytes} bytes`,
    remedy: 'Send a file of at most `details.maxBytes`.',
  },
  FILE_REQUIRED: {
    status: 400,
    says: ({ field }: { field: string }) => `A file is required in the field ${field}`,
    remedy: 'Send multipart/form-data with one file in the field `details.field`.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    says: ({ supported }: { supported: string[] }) => `The body must be ${supported.join(' or ')}`,
    remedy: 'Send a body of a type in `details.supported`.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    says: () => 'Something went wrong',
    remedy: 'Tell support the `requestId`.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    says: (_?: { outcome: 'unknown' }) => 'The service is busy or a dependency is down',
    remedy: 'Repeat the same request with the same Idempotency-Key after `Retry-After` seconds.',
  },
} satisfies Record<string, Refusal>;

/** Every way in which this system says no, by area. Sources: conventions section 4 and the error tables of the domain files. */
export const refusals = {
  ...commonRefusals,
  ...peopleRefusals,
  ...fleetRefusals,
  ...shiftsRefusals,
  ...tripsRefusals,
  ...moneyRefusals,
};

export type RefusalKey = keyof typeof refusals;
export type RefusalDetails<K extends RefusalKey> = Parameters<(typeof refusals)[K]['says']>;

/**
 * An expected no, as a failure that no layer retries and no dashboard counts. Thrown alike by rules, validators, handlers,
 * activities and the API. It is a function and not a class because the SDK forbids subclassing its failures.
 */
export const refusal = <K extends RefusalKey>(key: K, ...details: RefusalDetails<K>): ApplicationFailure => {
  const says = refusals[key].says as (details: unknown) => string;
  return ApplicationFailure.create({
    type: key,
    message: says(details[0] ?? {}),
    details: details[0] === undefined ? [] : [details[0]],
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
};

/** The refusal of one field, for what no shape can say of it. */
export const invalidField = (field: string, issue: string, message: string): ApplicationFailure =>
  refusal('VALIDATION_ERROR', [{ field, issue, message }]);

/** The refusal behind whatever was thrown: through Temporal it arrives wrapped in update and activity failures. */
export const refusalIn = (thrown: unknown): { key: RefusalKey; details: unknown; message: string } | null => {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof ApplicationFailure && error.type && Object.hasOwn(refusals, error.type)) {
      return { key: error.type as RefusalKey, details: error.details?.[0] ?? null, message: error.message };
    }
  }
  return null;
};
