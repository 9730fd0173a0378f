import { randomUUID } from 'node:crypto';
import { paise } from '../../workflows/domain/money.ts';
import type { Change, Outcome, Rule } from '../../workflows/domain/commands.ts';
import { instant } from '../../workflows/domain/time.ts';
import { tripFacts } from '../../workflows/domain/trips/trips.ts';
import type { TripFacts } from '../../workflows/domain/trips/trips.ts';
import { refusalIn } from '../../workflows/domain/refusals.ts';
import { asDriver, asStaff } from '../world/actors.ts';
import { db } from '../world/database.ts';
import { hubPoint } from '../world/factories.ts';

/** A command as its workflow sends it to the transaction: decided by the real rule. */
export const changeOf = <Facts, Command>(
  rule: Rule<Facts, Command>,
  facts: Facts,
  command: Command,
  nowMs = Date.now(),
): Change<Facts, Command> => ({
  ...rule(facts, command, nowMs)!,
  facts,
  command,
  commandId: randomUUID(),
  at: instant(nowMs),
});

/** The facts after a transaction, as the workflow keeps them. */
export const after = <Facts>(facts: Facts, { set }: Outcome<Facts>): Facts => ({ ...facts, ...set });

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
