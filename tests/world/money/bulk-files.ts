import { anAddress } from '../api.ts';
import type { Answer, Sent } from '../api.ts';
import { world } from '../world.ts';

/** A file as it is uploaded, with fields beside it. */
export const upload = async (
  content: string | Uint8Array<ArrayBuffer>,
  { token }: Sent,
  fields: Record<string, string> = {},
  name = 'payouts.csv',
): Promise<Answer> => {
  const form = new FormData();
  form.set('file', new Blob([content], { type: 'text/csv' }), name);
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  const response = await fetch(`${world.api}/payments/admin/bulk-payout`, {
    ...{ method: 'POST', body: form },
    headers: { 'x-forwarded-for': anAddress(), ...(token ? { authorization: `Bearer ${token}` } : {}) },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
};

/** The lines of a file, with the header of most files. */
export const csv = (...lines: readonly (readonly (string | number)[])[]): string =>
  ['phone,amount,penalty,incentive,payoutCycle', ...lines.map((cells) => cells.join())].join('\r\n');
