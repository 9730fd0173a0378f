import type { aDriver, aFleet } from '../../world/factories.ts';

// What each area says of its routes, so that the tests of every route work for them: see `situations.ts` of an area.

/** What the lines of the documentation call their ids, tokens and moments. */
export type Variables = Record<string, string>;

/** A fleet with a driver on a vehicle. */
export interface Scene {
  fleet: Awaited<ReturnType<typeof aFleet>>;
  driver: Awaited<ReturnType<typeof aDriver>>;
}

/** Whose records they are. */
export interface Cast {
  fleet: { id: string; hubId: string };
  driver: Scene['driver'];
  userId: string;
}

/** What a body (of GET: a query) needs besides ids. */
export type InputsByRoute = Record<string, () => Record<string, unknown>>;

/** What must have happened before the line of a route succeeds, beyond a scene. */
export type ScenesByRoute = Record<string, (scene: Scene) => Promise<Variables>>;

/** How the rows of a fleet are read, to see that a refused request left them alone. */
export interface OfFleet {
  where: { fleetId: string };
  orderBy: { id: 'asc' };
}
