import { post } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { world } from '../../world/world.ts';

/** A login without the SMS, by the key that only development and test know. */
export const logIn = (phone: string, sent: Sent = {}) =>
  post('/auth/verify-otp', { phone, otp: '0', verifiedKey: world.apiEnvironment['OTP_BYPASS_KEY'] }, sent);

/** What a token says, without asking whether it is true. */
// oxlint-disable-next-line typescript/no-explicit-any
export const claimsOf = (token: string): any => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

export const sessionOf = (token: string) =>
  db.session.findUniqueOrThrow({ where: { id: claimsOf(token).sid as string } });

/** As if the last thing in this bucket had happened long ago. */
export const emptyBucket = (bucket: string, key: string) =>
  db.rateLimit.deleteMany({ where: { key: `${bucket}:${key}` } });
