import { randomUUID } from 'node:crypto';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aPhone } from '../../world/factories.ts';
import { smsWith } from '../../world/sms.ts';
import { logIn } from './logins.ts';
import type { Cast, InputsByRoute, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

export const peopleInputs: InputsByRoute = {
  'POST /auth/send-otp': () => ({ phone: aPhone() }),
  'POST /auth/verify-otp': () => ({ phone: aPhone(), otp: '000000' }),
  'POST /users': () => ({ name: 'Asha', phone: aPhone(), role: 'DRIVER' }),
  'POST /drivers': () => ({ firstName: 'Dinesh', mobile: aPhone() }),
  'PATCH /drivers/:id': () => ({ city: 'Delhi' }),
  'PATCH /drivers/:id/kyc': () => ({ kycStatus: 'PENDING' }),
  'POST /drivers/:id/preference/update': () => ({ prefer_day_shift: true }),
  'POST /drivers/preference/update-status': () => ({ status: 'APPROVED' }),
  'PATCH /drivers/:id/status': () => ({ status: 'ACTIVE' }),
  'PATCH /drivers/:id/availability': () => ({ isAvailable: true }),
};

const aCode = async ({ driver }: Scene): Promise<Variables> => {
  await post('/auth/send-otp', { phone: driver.phone });
  return { OTP: await smsWith(driver.phone, /^(\d{6}) is your/) };
};

const aRefreshToken = async ({ driver }: Scene): Promise<Variables> => ({
  REFRESH_TOKEN: (await logIn(driver.phone)).body.data.refreshToken,
});

const aWaitingWish = async ({ driver }: Scene): Promise<Variables> => ({
  PREFERENCE_REQUEST_ID: (await aWish(driver.id, 'PENDING')).id,
});

export const peopleScenes: ScenesByRoute = {
  'GET /drivers/preference/pending-requests': aWaitingWish,
  'POST /drivers/preference/update-status': aWaitingWish,
  'POST /auth/verify-otp': aCode,
  'POST /auth/refresh': aRefreshToken,
  'POST /auth/logout': aRefreshToken,
};

/** A request that waits, or, where one waits already, that was decided. */
const aWish = (driverId: string, status: 'PENDING' | 'REJECTED' = 'REJECTED') =>
  db.preferenceRequest.create({
    data: {
      ...{ id: randomUUID(), driverId, status },
      ...{ currentPreference: { prefer_night_shift: false }, requestedPreference: { prefer_night_shift: true } },
    },
  });

export const peopleRecords = async ({ driver, userId }: Cast) => ({
  user: await db.user.findUniqueOrThrow({ where: { id: userId } }),
  driver: await db.driver.findUniqueOrThrow({ where: { id: driver.id } }),
  preferenceRequest: await aWish(driver.id),
});

export const peopleState = async (ofFleet: OfFleet) => ({
  users: await db.user.findMany({ ...ofFleet, include: { hubs: true } }),
  drivers: await db.driver.findMany(ofFleet),
  preferenceRequests: await db.preferenceRequest.findMany({ where: { driver: ofFleet.where }, orderBy: { id: 'asc' } }),
});
