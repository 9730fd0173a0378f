import type { Request, RequestHandler } from 'express';
import { answering } from './answering.ts';
import type { Said } from './answering.ts';
import type { Books } from './books.ts';
import { hashOf } from './hashes.ts';
import type { Fields, WireKeys } from './hashes.ts';
import type { Scenario, Scenarios, TransferCall, WireCall } from './scenarios.ts';

/** Where a call came in: which API its merchant has, and how the simulator was called. */
export type Place = { apiPort: string | null; origin: string };

export type Act = (fields: Fields, said: Said, place: Place, scenario: Scenario) => object;

/** What one call does, and what is particular about its answers. */
type Handled = {
  call: WireCall | TransferCall;
  act: Act;
  statusOf?: (body: object) => number;
  duplicate?: string;
};

export const says = (data: object) => ({ success: true, data });
export const refuse = (message: string) => ({ success: false, message });

export const amountPattern = /^(?!0+\.00$)\d{1,9}\.\d{2}$/;

/**
 * The fields of a call wherever they stand. An amount is a number in JSON, which is signed with two decimals. Source:
 * easebuzz.md, Amounts, rule 4.
 */
const fieldsOf = ({ params, query, body }: Request): Fields => {
  const text = (value: unknown): string[] => {
    if (typeof value === 'number') return [value.toFixed(2)];
    return typeof value === 'string' || typeof value === 'boolean' ? [String(value)] : [];
  };
  const all = Object.entries({ ...query, ...(body as object | undefined), ...params });
  return Object.fromEntries(all.flatMap(([name, value]) => text(value).map((told) => [name, told])));
};

/**
 * Makes routes of the calls of Wire: the key, the key of the API, the signature exactly, then the call. A merchant may call them
 * below `/merchants/<port>`, and then the events of what it makes go to the API on that port of this machine.
 */
export const wireHandler = (books: Books, scenarios: Scenarios, keys: WireKeys) => {
  const answer = answering(books, scenarios);

  return ({ call, act, ...particular }: Handled): RequestHandler =>
    (request, response) => {
      const { port = null, ...fields } = fieldsOf(request);
      const place = { apiPort: port, origin: `${request.protocol}://${request.get('host')}` };
      const fault = () => {
        if (fields['key'] !== keys.key) return 'Merchant key is not valid';
        if (request.get('wire-api-key') !== keys.apiKey) return 'WIRE-API-KEY is not valid';
        return request.get('authorization') === hashOf(call, fields, keys) ? null : 'Authorization is not valid';
      };
      const asked = {
        ...{ call, fields, fault, refuse },
        act: (told: Fields, said: Said, scenario: Scenario) => act(told, said, place, scenario),
        ...particular,
      };
      return answer(asked, request, response);
    };
};

export type WireHandler = ReturnType<typeof wireHandler>;
