import type { Request, Response } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Books } from './books.ts';
import type { Fields } from './hashes.ts';
import type { Call, Scenario, Scenarios } from './scenarios.ts';

/** What a scenario says instead of the truth. */
export type Said = { word?: string; amount?: string };

/** One call as it came in. */
type Asked = {
  call: Call;
  fields: Fields;
  /** Why nobody may ask this: the key, or the signature. */
  fault: () => string | null;
  refuse: (text: string) => object;
  act: (fields: Fields, said: Said, scenario: Scenario) => object;
  /** The state of HTTP of an answer; 200 if not said. */
  statusOf?: (body: object) => number;
  duplicate?: string;
};

const saidBy = ({ word, amount }: Scenario): Said => ({
  ...(word !== undefined && { word }),
  ...(amount !== undefined && { amount }),
});

const isDone = ({ answer, acts = !['refuse', 'duplicate', 'tooMany'].includes(answer) }: Scenario) => acts;

/** Whether the answer was something else than its JSON. */
const spoil = ({ answer, status = 200 }: Scenario, request: Request, response: Response): boolean => {
  if (answer === 'lose') request.socket.destroy();
  else if (answer === 'error') response.status(502).type('html').send('<html><body>Bad gateway</body></html>');
  else if (answer === 'garbage')
    response.status(status).type('html').send('<html><body>Under maintenance</body></html>');
  else if (answer === 'empty') response.status(status).end();
  else if (answer === 'tooMany') response.status(429).json({ message: 'Too many requests' });
  else return false;
  return true;
};

/** Answers one call as its scenario wants it, and notes in the log what was asked and what was answered. */
export const answering =
  (books: Books, scenarios: Scenarios) =>
  async (asked: Asked, request: Request, response: Response): Promise<void> => {
    const { call, fields, fault, refuse, act } = asked;
    books.note('asked', call, fields);
    const scenario = scenarios.take(call, JSON.stringify(fields));
    const judged = () => {
      const text = fault();
      if (text) return refuse(text);
      const body = isDone(scenario) ? act(fields, saidBy(scenario), scenario) : refuse('Not done');
      if (scenario.answer === 'refuse') return refuse(scenario.message ?? 'Parameter validation failed');
      if (scenario.answer === 'duplicate')
        return refuse(scenario.message ?? asked.duplicate ?? 'Duplicate transaction id');
      return body;
    };
    const body = judged();
    await sleep(scenario.delayMs, undefined, { ref: false });
    const isSpoilt = spoil(scenario, request, response);
    books.note('answered', call, { answer: scenario.answer, ...(!isSpoilt && { body }) });
    if (!isSpoilt) response.status(scenario.status ?? asked.statusOf?.(body) ?? 200).json(body);
  };
