import type { UpdateDefinition } from '@temporalio/common';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Db } from '../../prisma/client.ts';
import type { Actor } from '../../workflows/domain/commands.ts';
import type { RefusalKey } from '../../workflows/domain/refusals.ts';
import type { Process } from '../../workflows/processes.ts';
import type { Allow, Permission } from '../permissions.ts';
import type { Services } from '../services.ts';
import { isDoor } from '../doors.ts';
import type { SignedMessage } from '../doors.ts';
import type { LimitName } from './rate-limit.ts';
import type { Caller, FieldOf, Loaded, Subject, Visible } from './scope.ts';
import type { Id, Page } from './shapes.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type Shape = z.ZodType | undefined;
type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

/** The subject of an id field; of an optional one too. */
type SubjectOf<T> = NonNullable<T> extends Id<infer S> ? S : never;

/** For every id field of the inputs its record, under the name of its subject. */
type Records<T> = T extends object
  ? {
      [K in keyof T as SubjectOf<T[K]> extends Subject ? FieldOf<SubjectOf<T[K]>> : never]:
        Loaded[SubjectOf<T[K]>] | (undefined extends T[K] ? undefined : never);
    }
  : unknown;

/** What every handler gets besides its inputs and records. No request, no response. */
export interface Base {
  db: Db;
  services: Services;
  visible: Visible;
  requestId: string;
  ip: string;
  header: (name: string) => string | undefined;
  /** The body as it arrived, of an endpoint whose input is `raw`; otherwise empty. */
  bytes: Buffer;
  /** The message whose signature was verified, of an endpoint that lets nothing else in. */
  signed: SignedMessage | null;
  /** The file that was sent, of an endpoint whose input is an upload. */
  upload: Upload | null;
  /** The id of what this request makes; derived from its Idempotency-Key, if it has one. */
  newId: (what?: string) => string;
  /** Whether the request carries an Idempotency-Key, so that it may be a repetition. */
  isKeyed: boolean;
  /** The id that a command of this request has in the workflow and in its event row. */
  commandId: (update: { name: string }, target: string) => string;
  ask: <R, I>(process: Process, update: UpdateDefinition<R, [I]>, input: NoInfer<I>) => Promise<R>;
  begin: (process: Process) => void;
  /** Tells a record something behind the answer; `updateId` names the news, so that it is heard once. */
  tell: <R, I>(process: Process, update: UpdateDefinition<R, [I]>, input: NoInfer<I>, updateId: string) => void;
}

export type Context<A extends Allow, P extends Shape, Q extends Shape, B extends Shape> = Base & {
  caller: A extends Permission ? Caller : Caller | null;
  /** The caller as their commands and their audit rows name them. */
  actor: A extends Permission ? Actor : Actor | null;
  params: Out<P>;
  query: Out<Q>;
  body: Out<B>;
} & Records<Out<P>> &
  Records<Out<Q>> &
  Records<Out<B>>;

/** Rows of one page, and how many there are in all. */
export interface Listed<T> extends Page {
  rows: T[];
  total: number;
  /** What its endpoint counts besides. */
  counts?: Record<string, number>;
}

/** An answer whose status depends on the case. */
export class Reply<T> {
  readonly status: number;
  readonly value: T;
  readonly headers: Record<string, string>;
  constructor(status: number, value: T, headers: Record<string, string> = {}) {
    this.status = status;
    this.value = value;
    this.headers = headers;
  }
}

export const reply = <T>(status: number, value: T, headers?: Record<string, string>) =>
  new Reply(status, value, headers);

type Rows<T> = Iterable<T> | AsyncIterable<T>;

/** Rows of `returns`, sent one by one as a CSV file; the fields of `returns` are its columns. */
export interface CsvFile<T> {
  name: string;
  rows: Rows<T>;
}

/** A file as it is. */
export interface Download {
  name: string;
  type: string;
  content: Buffer | Readable;
}

/** A file that was uploaded. */
export interface Upload {
  name: string;
  type: string;
  content: Buffer;
}

/** The field of a multipart body that holds the file, and how many bytes it may have. */
interface UploadLimits {
  field: string;
  bytesMax: number;
}

/**
 * How a body arrives. `json`: JSON or a form. `form`: a form only. `raw`: JSON or a form whose bytes are kept, for a proof over
 * them. `{ upload }`: multipart with one file, or JSON instead of it.
 */
export type Input = 'json' | 'form' | 'raw' | { upload: UploadLimits };

/**
 * How an answer leaves. `json`: `returns` in the envelope. `csv`: rows of `returns`. `html`: `returns` is the page. `redirect`:
 * `returns` is the address that follows. `file`: a file as it is.
 */
export type Output = 'json' | 'csv' | 'html' | 'redirect' | 'file';

type Result<R extends z.ZodType, L extends boolean, O extends Output> = O extends 'csv'
  ? CsvFile<z.output<R>>
  : O extends 'file'
    ? Download
    : L extends true
      ? Listed<z.output<R>>
      : z.output<R>;

interface Declaration<
  A extends Allow,
  P extends Shape,
  Q extends Shape,
  B extends Shape,
  R extends z.ZodType,
  L extends boolean,
  O extends Output,
> {
  /** The permission, a partner's door, or `public`. Required, so that it cannot be forgotten. */
  allow: A;
  /** One line for the documentation. */
  summary: string;
  /** The sentence that clients show. */
  says?: string;
  params?: P;
  query?: Q;
  body?: B;
  /** The presenter: what is not declared here is not sent. */
  returns: R;
  /** 201 for what creates. */
  status?: 200 | 201;
  /** `returns` is one row; the answer is an array with `pagination`. */
  list?: L;
  /** What else of a list is counted; stands in `pagination`. */
  counts?: readonly string[];
  /** The answer carries its own page, limit and total, which are repeated as `pagination`. */
  paged?: boolean;
  /** No envelope: health and callbacks. */
  bare?: boolean;
  input?: Input;
  output?: O;
  /** The rows of a list as a CSV file, for a client that asks with `Accept: text/csv`. */
  csv?(context: Context<A, P, Q, B>): Promise<CsvFile<z.output<R>>>;
  /** A caller without a token may send an Idempotency-Key too. */
  keyed?: boolean;
  /** Faults of query and body are no faults: what cannot be read was not sent. For calls that must never answer 400. */
  lenient?: boolean;
  /** A bucket of its own, per address; where known callers have another one, theirs is per user. */
  limit?: LimitName | { known: LimitName; anonymous: LimitName };
  /** Further paths of the same endpoint, so that nobody removes what clients call. */
  aliases?: string[];
  /** What it may refuse besides what the kernel refuses for every endpoint; for the documentation. */
  refuses?: RefusalKey[];
  handle(context: Context<A, P, Q, B>): Promise<Result<R, L, O> | Reply<Result<R, L, O>>>;
}

/** An endpoint as a value: everything about it is derived from this. */
export interface Endpoint extends Omit<
  Declaration<Allow, Shape, Shape, Shape, z.ZodType, boolean, Output>,
  'handle' | 'csv' | 'aliases' | 'refuses' | 'input' | 'output'
> {
  method: Method;
  path: string;
  aliases: string[];
  refuses: RefusalKey[];
  input: Input;
  output: Output;
  csv?(context: never): Promise<CsvFile<unknown>>;
  handle(context: never): Promise<unknown>;
}

/** What an endpoint is called where each is listed once. */
export const nameOf = ({ method, path }: Endpoint): string => `${method.toUpperCase()} ${path}`;

/** Whether it takes an Idempotency-Key: a POST whose answer is JSON, of a known caller or where `keyed` allows all. */
export const isRepeatable = ({ method, output, allow, keyed = false }: Endpoint): boolean =>
  method === 'post' && output === 'json' && (keyed || (allow !== 'public' && !isDoor(allow)));

const declare =
  (method: Method) =>
  <
    const A extends Allow,
    R extends z.ZodType,
    P extends Shape = undefined,
    Q extends Shape = undefined,
    B extends Shape = undefined,
    L extends boolean = false,
    const O extends Output = 'json',
  >(
    path: string,
    declaration: Declaration<A, P, Q, B, R, L, O>,
  ): Endpoint => ({ aliases: [], refuses: [], input: 'json', output: 'json', ...declaration, method, path });

export const get = declare('get');
export const post = declare('post');
export const patch = declare('patch');
export const remove = declare('delete');
