import { randomUUID } from 'node:crypto';
import { paise } from '../../workflows/domain/money.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';
import { refusalIn } from '../../workflows/domain/refusals.ts';
import { asDriver, asStaff } from '../world/actors.ts';
import { db } from '../world/database.ts';
import { hubPoint } from '../world/factories.ts';

/** A command as its workflow sends it to its commit. */
export const orderOf = <Facts, Command>(facts: Facts, command: Command) => ({
  facts,
  command,
  commandId: randomUUID(),
  clock: null,
});

/** Where the messages go whose delivery a commit begins. */
export const delivered: string[] = [];
export const deliver = (notificationIds: string[]) => void delivered.push(...notificationIds);

export const factsOfTrip = async (tripId: string): Promise<TripFacts> =>
  tripFacts(await db.trip.findUniqueOrThrow({ where: { id: tripId }, include: { tripAssignments: true } }));

export const assignmentOf = (driverId: string) => ({
  by: asStaff(randomUUID()),
  driverId,
  assignmentId: randomUUID(),
});

export const reportOf = (driver: { id: string; userId: string }) => ({
  by: asDriver(driver),
  at: hubPoint,
});

const none = paise(0);

export const completionOf = (driver: { id: string; userId: string }, said: { toll?: number; fare?: number } = {}) => ({
  ...reportOf(driver),
  reportedFarePaise: said.fare === undefined ? null : paise(said.fare),
  actualDistanceKm: 21.5,
  tollPaise: paise(said.toll ?? 0),
  ...{ parkingPaise: none, stateTaxPaise: none, extraKms: null, extraMinutes: null },
});

/** The key of the refusal that a transaction ends with; anything else is thrown on. */
export const refusedWith = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const found = refusalIn(error);
  if (error !== null && !found) throw error;
  return found?.key ?? 'no refusal';
};
