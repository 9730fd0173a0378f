import { z } from 'zod';

const payInCalls = ['initiate', 'retrieve', 'retrieveByDate', 'refund', 'retrieveRefund', 'settlements'] as const;
const wireCalls = ['createAccount', 'readAccount', 'switchAccount', 'credits', 'createOrder', 'readOrder'] as const;
const transferCalls = ['transfer', 'transferState', 'wallet'] as const;

export type PayInCall = (typeof payInCalls)[number];
export type WireCall = (typeof wireCalls)[number];
export type TransferCall = (typeof transferCalls)[number];
export type Call = PayInCall | WireCall | TransferCall;

/** How calls or events go whose text contains `match`, for the first `times` of them or for all. */
export const Scenario = z.object({
  match: z.string().default(''),
  call: z.enum(['any', 'webhook', ...payInCalls, ...wireCalls, ...transferCalls]).default('any'),
  times: z.number().int().positive().default(Number.MAX_SAFE_INTEGER),
  delayMs: z.number().int().min(0).default(0),
  /** Of a call. `lose` drops the connection, `empty` and `garbage` are a 200 without JSON. */
  answer: z.enum(['usual', 'refuse', 'duplicate', 'lose', 'error', 'garbage', 'empty', 'tooMany']).default('usual'),
  /** Whether it is done before its answer is lost, spoilt or untrue; if not said, all but what is refused, or too much, is done. */
  acts: z.boolean().optional(),
  /** The state of HTTP of an answer that is not lost, and the text of one that refuses. */
  status: z.number().int().min(200).max(599).optional(),
  message: z.string().optional(),
  /** Said instead of the truth. */
  word: z.string().optional(),
  amount: z.string().optional(),
  /** What a transfer becomes by itself, and when; as it was taken, it stays so. */
  becomes: z.string().default('success'),
  becomesAfterMs: z.number().int().min(0).default(50),
  /** Of an event. */
  copies: z.number().int().min(0).default(1),
  badHash: z.boolean().default(false),
  /** Of an event of a payment; the others are always JSON. */
  format: z.enum(['form', 'json']).default('form'),
});

export type Scenario = z.output<typeof Scenario>;

const usual = Scenario.parse({});

/** Holds what was asked for; the youngest that fits wins, and is used up by its `times`. */
export const createScenarios = () => {
  let scenarios: { scenario: Scenario; left: number }[] = [];
  return {
    all: () => scenarios.map(({ scenario, left }) => ({ ...scenario, times: left })),
    add: (scenario: Scenario) => scenarios.unshift({ scenario, left: scenario.times }),
    clear: () => {
      scenarios = [];
    },
    take: (call: Call | 'webhook', text: string): Scenario => {
      const found = scenarios.find(
        ({ scenario, left }) =>
          left > 0 &&
          text.includes(scenario.match) &&
          (scenario.call === call || (scenario.call === 'any' && call !== 'webhook')),
      );
      if (!found) return usual;
      found.left -= 1;
      return found.scenario;
    },
  };
};

export type Scenarios = ReturnType<typeof createScenarios>;
