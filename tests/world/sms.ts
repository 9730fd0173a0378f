import { until } from './until.ts';
import { world } from './world.ts';

/** The texts that a phone got, newest first. */
export const messagesTo = async (phone: string): Promise<string[]> => {
  const response = await fetch(`${world.sms}/messages?to=${encodeURIComponent(`+91${phone}`)}`);
  return ((await response.json()) as { body: string }[]).map(({ body }) => body);
};

/** Waits for a text and returns what the pattern's group caught. */
export const smsWith = (phone: string, pattern: RegExp): Promise<string> =>
  until(
    async () => (await messagesTo(phone)).map((body) => pattern.exec(body)).find(Boolean)?.[1],
    `an SMS to ${phone} that matches ${pattern}`,
  );
