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
  act: (fields: Fields, said: Said) => object;
};

const saidBy = ({ word, amount }: Scenario): Said => ({
  ...(word !== undefined && { word }),
  ...(amount !== undefined && { amount }),
});

const spoil = (answer: string, request: Request, response: Response): boolean => {
  if (answer === 'lose') request.socket.destroy();
  else if (answer === 'error') response.status(502).type('html').send('<html><body>Bad gateway</body></html>');
  else if (answer === 'garbage') response.type('html').send('<html><body>Under maintenance</body></html>');
  else if (answer === 'empty') response.end();
  else if (answer === 'tooMany') response.status(429).json({ message: 'Too many requests' });
  else return false;
  return true;
};

/** Answers one call as its scenario wants it, and notes in the log what was asked and what was answered. */
export const answering =
  (books: Books, scenarios: Scenarios) =>
  async ({ call, fields, fault, refuse, act }: Asked, request: Request, response: Response): Promise<void> => {
    books.note('asked', call, fields);
    const scenario = scenarios.take(call, JSON.stringify(fields));
    const judged = () => {
      const text = fault();
      if (text) return refuse(text);
      if (scenario.answer === 'refuse') return refuse('Parameter validation failed');
      if (scenario.answer === 'duplicate') return refuse('Duplicate transaction id');
      return scenario.acts && scenario.answer !== 'tooMany' ? act(fields, saidBy(scenario)) : refuse('Not done');
    };
    const body = judged();
    await sleep(scenario.delayMs, undefined, { ref: false });
    const isSpoilt = spoil(scenario.answer, request, response);
    books.note('answered', call, { answer: scenario.answer, ...(!isSpoilt && { body }) });
    if (!isSpoilt) response.json(body);
  };
