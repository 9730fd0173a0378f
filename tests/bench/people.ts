import { randomInt } from 'node:crypto';
import { post } from '../world/api.ts';
import type { Answer } from '../world/api.ts';
import { smsWith } from '../world/sms.ts';

/** What an answer says; anything but a success ends the run. */
export const dataOf = ({ status, body }: Answer) => {
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data;
};

export const aPhone = (): string => `9${randomInt(100_000_000, 999_999_999)}`;

/** A login as a person does it, with the code from their SMS. */
export const logIn = async (phone: string): Promise<string> => {
  dataOf(await post('/auth/send-otp', { phone }));
  const otp = await smsWith(phone, /^(\d{6}) is your/);
  return dataOf(await post('/auth/verify-otp', { phone, otp })).accessToken as string;
};

/** A driver of a fleet on a vehicle of their own, logged in. */
const hire = async (superAdmin: string, fleet: { id: string; hubId: string }) => {
  const admin = { token: superAdmin };
  const phone = aPhone();
  const place = { fleetId: fleet.id, hubId: fleet.hubId };
  const profile = { ...place, firstName: 'Dinesh', lastName: 'Kumar', mobile: phone };
  const driver = dataOf(await post('/drivers', profile, admin));
  const car = { ...place, vehicleNumber: `DL${randomInt(10, 99)}AB${randomInt(10_000, 99_999)}`, vehicleName: 'Tata' };
  const vehicle = dataOf(await post('/vehicles', car, admin));
  dataOf(await post('/assignments', { driverId: driver.id, vehicleId: vehicle.id }, admin));
  return { id: driver.id as string, token: await logIn(phone) };
};

/** A fleet with as many drivers as there are lanes, made over HTTP. */
export const aCrew = async (superAdmin: string, size: number) => {
  const admin = { token: superAdmin };
  const about = { name: 'Bench Cabs', mobile: aPhone(), city: 'Delhi', fleetType: 'COMPANY', panNumber: 'ABCDE1234F' };
  const { id } = dataOf(await post('/fleets', about, admin));
  const place = { address: 'Connaught Place, New Delhi', location: { lat: 28.6315, lng: 77.2167 }, hubType: 'OFFICE' };
  const hub = dataOf(await post(`/fleets/${id}/hubs`, place, admin));
  const fleet = { id: id as string, hubId: hub.id as string };
  return Promise.all(Array.from({ length: size }, () => hire(superAdmin, fleet)));
};

export type Crew = Awaited<ReturnType<typeof aCrew>>;
