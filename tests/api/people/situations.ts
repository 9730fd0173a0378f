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

export const peopleScenes: ScenesByRoute = {
  'POST /auth/verify-otp': aCode,
  'POST /auth/refresh': aRefreshToken,
  'POST /auth/logout': aRefreshToken,
};

export const peopleRecords = async ({ driver, userId }: Cast) => ({
  user: await db.user.findUniqueOrThrow({ where: { id: userId } }),
  driver: await db.driver.findUniqueOrThrow({ where: { id: driver.id } }),
});

export const peopleState = async (ofFleet: OfFleet) => ({
  users: await db.user.findMany({ ...ofFleet, include: { hubs: true } }),
  drivers: await db.driver.findMany(ofFleet),
});
