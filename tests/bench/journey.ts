import { post } from '../world/api.ts';
import { dataOf } from './people.ts';

export interface Desk {
  operator: { token: string };
  driver: { id: string; token: string };
}

const journey = {
  ...{ pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram', tripType: 'INTER_CITY' },
  ...{ pickupLat: 28.6315, pickupLng: 77.2167, dropLat: 28.495, dropLng: 77.088 },
};
const here = { lat: journey.pickupLat, lng: journey.pickupLng };

/** Books a trip for in ten minutes; with a passenger they are told of every step by SMS. */
export const book = async ({ operator }: Desk, passenger: object = {}): Promise<string> => {
  const pickupTime = new Date(Date.now() + 600_000).toISOString();
  return dataOf(await post('/trips', { ...journey, pickupTime, ...passenger }, operator)).id as string;
};

/** The commands in the life of a trip, in their order. */
export const commands = {
  assign: async ({ operator, driver }: Desk, tripId: string) =>
    dataOf(await post('/admin/trips/assign', { tripId, driverId: driver.id }, operator)),
  start: async ({ driver }: Desk, tripId: string) => dataOf(await post(`/trips/${tripId}/start`, here, driver)),
  arrive: async ({ driver }: Desk, tripId: string) => dataOf(await post(`/trips/${tripId}/arrived`, here, driver)),
  board: async ({ driver }: Desk, tripId: string, otp?: string) =>
    dataOf(await post(`/trips/${tripId}/onboard`, { otp }, driver)),
  complete: async ({ driver }: Desk, tripId: string) => dataOf(await post(`/trips/${tripId}/complete`, here, driver)),
};

export const commandCount = Object.keys(commands).length;

/** A trip from its booking to its end. */
export const drive = async (desk: Desk): Promise<void> => {
  const tripId = await book(desk);
  for (const command of Object.values(commands)) await command(desk, tripId);
};
