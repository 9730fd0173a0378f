import { expect } from '@jest/globals';
import type { Answer } from '../../world/api.ts';

/** What no answer may tell: statements, stacks, paths, names of what we are built with. */
const insides = /prisma|\bSELECT\b|\bINSERT\b|\bUPDATE "|node_modules|\.ts:\d|\bat \S+ \(|postgres|temporal/i;

/** The error envelope, complete, with the request's id and without a word about our insides. Source: conventions section 3. */
export const expectRefused = ({ status, headers, body }: Answer, wanted: number, errorCode: string): void => {
  expect({ status, errorCode: body.errorCode }).toEqual({ status: wanted, errorCode });
  expect(body).toMatchObject({
    success: false,
    statusCode: wanted,
    message: expect.stringMatching(/\S/),
    errorCode,
    error: { code: errorCode },
    data: null,
    timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
    requestId: headers.get('x-request-id'),
  });
  expect(body.error.details).not.toBeUndefined();
  expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9-]{1,64}$/);
  expect(JSON.stringify(body)).not.toMatch(insides);
};

/** What a person reads, which no library says of itself. */
const sentence = expect.stringMatching(/^(?!.*(?:: |Invalid|something else|another form))\S+ \S/);

/** A refusal of the input that names exactly these fields, all at once. */
export const expectInvalid = (answer: Answer, ...fields: string[]): void => {
  expectRefused(answer, 400, 'VALIDATION_ERROR');
  const issues = answer.body.error.details as { field: string; issue: string; message: string }[];
  for (const issue of issues)
    expect(issue).toEqual({ field: issue.field, issue: expect.any(String), message: sentence });
  expect([...new Set(issues.map(({ field }) => field))].sort()).toEqual([...new Set(fields)].sort());
};
