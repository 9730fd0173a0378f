import { prefixAliases } from './aliases.ts';
import { preparation } from './curl.ts';
import { refusalTable } from './documented-refusals.ts';

/** What the description of the API says before its routes. */
const introduction = [
  'Fleets, drivers, shifts and trips of an Indian cab operator. Every route shows a request to paste, a real answer, and what it refuses.',
  'The rules behind the refusals (windows, ranges, fares, lists, files) stand in `docs/rules.md` of the repository, its words in `docs/glossary.md`.',
];

const login = [
  '## Log in',
  '`POST /auth/send-otp {"phone"}`, then `POST /auth/verify-otp {"phone", "otp"}` with the code of the SMS. Send `accessToken` as',
  '`Authorization: Bearer …`. It lives 15 minutes by default. A 401 is answered with one `POST /auth/refresh`; the same refresh token may be',
  'sent again for 30 seconds, so that parallel refreshes get the same pair.',
];

const idempotency = [
  '## Idempotency',
  'Send an `Idempotency-Key` of 1 to 64 visible characters with every POST, a new one for every new intention. A repetition with the same key,',
  'caller, route and body within 24 hours has one effect and gets the first status and body again, with the header `Idempotency-Replayed: true`.',
  '',
  '- A business refusal (400, 404, 409, 422) is kept like a success: to try again, take a new key.',
  '- A request that was refused for its form or its sender (`VALIDATION_ERROR`, 401, 403, 429) leaves its key free.',
  '- After 503 nobody knows the outcome: repeat the same request with the same key, after `Retry-After` seconds.',
  '- The same key with another body is `IDEMPOTENCY_KEY_REUSED`.',
];

const paging = [
  '## Paging',
  'Lists stand in `data` as an array, with `pagination: { page, limit, total, totalPages }` beside it. `page` begins with 1, `limit` goes up to',
  '200; a value out of range is moved into it, never refused. With neither of them a list is one page of up to 1000 rows. The newest rows come',
  'first unless the route says otherwise. A filter that nothing matches is an empty list, and unknown query parameters are ignored.',
];

const errors = [
  '## Errors',
  'Success: `{ success: true, statusCode, message, data }`. Error: `{ success: false, statusCode, message, errorCode, error: { code, details },',
  'data: null, timestamp, requestId }`. `message` may be shown to people, programs decide by `errorCode`. `details` names the limit that was broken;',
  'of a `VALIDATION_ERROR` it lists every bad field as `{ field, issue, message }`. Tell support the `requestId`.',
  '',
  'The checks come in this order: token (401), role (403), fleet and hubs of the account (403), form (400), record (404), its scope (403), rules.',
  'A 401 always means the token, never a wrong code or a missing permission.',
];

const time = [
  '## Time zone and values',
  'Answers give instants in UTC with milliseconds (`2026-11-23T05:00:00.000Z`). Requests may use any offset; a time without one is meant in',
  'India (+05:30). A day (`YYYY-MM-DD`) is a business day: midnight to midnight in India. Money is rupees with at most two decimals, distances',
  'of trips are kilometres, radii metres. Ids are UUIDs or short ids (`TRP20261129001`). Unknown body fields are ignored; an empty text is a field',
  'that was not sent, `null` clears a field.',
];

const limits = [
  '## Rate limits',
  'By default 100 requests a minute per user, fewer for login codes, previews and maps. What is left stands in `X-RateLimit-Remaining`, and a 429',
  'says in `Retry-After` how many seconds to wait.',
];

const day = [
  '## A day',
  'Check in (`POST /attendance/check-in`), approve, book (`POST /trips`), assign (`POST /admin/trips/assign`), start, arrived, onboard, complete,',
  'check out.',
];

const otherPaths = [
  '## Other paths',
  `Older clients call other prefixes, which mean the same: ${prefixAliases.map(([called, meant]) => `\`${called}\` is \`${meant}\``).join(', ')}.`,
];

/**
 * The description of the API in Markdown. What stands before the first heading introduces the routes; the page of the document shows
 * the chapters after them, and the refusals last.
 */
export const description = (): string =>
  [
    introduction,
    login,
    ['## Try', preparation],
    idempotency,
    paging,
    errors,
    time,
    limits,
    day,
    otherPaths,
    ['## Refusals', ...refusalTable()],
  ]
    .map((chapter) => chapter.join('\n'))
    .join('\n\n');
