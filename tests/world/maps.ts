import { world } from './world.ts';

/** Breaks the map for calls that contain this text; `none` heals it. */
export const breakMaps = (match: string, mode: string) =>
  fetch(`${world.maps}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode, match }),
  });

/** What the map was asked with this text in it. */
export const mapsCallsWith = async (text: string): Promise<object[]> => {
  const calls = (await (await fetch(`${world.maps}/calls`)).json()) as { input: object }[];
  const has = ({ input }: { input: object }) => JSON.stringify(input).toLowerCase().includes(text.toLowerCase());
  return calls.filter(has).map(({ input }) => input);
};
