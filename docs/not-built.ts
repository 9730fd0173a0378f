import { parse } from 'csv-parse/sync';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FleetSettingsView } from '../api/fleet/fleet-settings.ts';
import { groupOf } from '../api/document/areas.ts';
import { endpoints } from '../api/endpoints.ts';
import { tripMoves } from '../workflows/domain/trips/trip-lifecycle.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const sourcesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('generated'))
    .map((path) => join(folder, path));

const routesOfContract = () =>
  readdirSync(join(root, 'tests/contract/routes')).flatMap((file) =>
    parse<{ method: string; path: string }>(read(`tests/contract/routes/${file}`), { columns: true }),
  );

const built = new Set(
  endpoints.flatMap(({ method, path, aliases }) => [path, ...aliases].map((each) => `${method.toUpperCase()} ${each}`)),
);

const namedMax = 12;

/** Few routes by their names, many by what they begin with. */
const listed = (routes: { method: string; path: string }[]): string => {
  if (routes.length <= namedMax) return routes.map(({ method, path }) => `\`${method} ${path}\``).join(', ');
  const beginnings = new Set(routes.map(({ path }) => path.replace(/^(\/[\w-]+(?:\/admin)?).*/, '$1/…')));
  return `${routes.length} routes: ${[...beginnings].map((each) => `\`${each}\``).join(', ')}`;
};

const missingRoutes = (): string[] => {
  const missing = routesOfContract().filter(({ method, path }) => !built.has(`${method} ${path}`));
  const byGroup = Map.groupBy(missing, ({ path }) => groupOf(path));
  return [...byGroup].map(([group, routes]) => `| ${group} | ${listed(routes)} |`);
};

/**
 * The names of the commands that are sent. They stand in quotes: of those of routes where records are asked (`askTrip(…, 'start', …)`),
 * of what one process tells another beside the processes.
 */
const asked = new Set(
  sourcesOf('api')
    .map(read)
    .filter((code) => /\bask[A-Z]\w*\(/.test(code))
    .concat(read('workflows/processes.ts'))
    .flatMap((code) => [...code.matchAll(/'(\w+)'/g)].map(([, word]) => word!)),
);

/** Whether anything leads to a move of a lifecycle. */
export const hasCommand = (move: string): boolean => asked.has(move);

const missingMoves = (moves: object): string =>
  Object.keys(moves)
    .filter((move) => !hasCommand(move))
    .map((move) => `\`${move}\``)
    .join(', ');

const processes = ['api', 'workers'];
/** What only checks or parses a setting does not need it. */
const aside = /env\.ts$|^api\/http\/doors\.ts$/;

/** Settings that change nothing yet: nobody reads them, or only the door of a partner whom no route lets in. */
const deadSettings = (): string[] => {
  const environments = processes.map((process) => read(`${process}/env.ts`)).join('\n');
  const declared = [...environments.matchAll(/^ {2,4}([A-Z][A-Z0-9_]+): /gm)].map(([, name]) => name!);
  /** What the functions that the environments offer decide by, as `isLocal` does. */
  const decided = [...environments.matchAll(/^export const \w+ = \(\{ ([A-Z0-9_, ]+) \}/gm)].join();
  const code = ['api', 'activities', 'workers', 'prisma', 'workflows']
    .flatMap(sourcesOf)
    .filter((path) => !aside.test(path))
    .map(read)
    .concat(decided)
    .join('\n');
  const doors = new Set(endpoints.map(({ allow }) => allow.split('-')[0]));
  const isRead = (name: string) => new RegExp(`\\b${name}\\b`).test(code);
  const opensDoor = (name: string) => doors.has(name.split('_')[0]!.toLowerCase());
  return [...new Set(declared)].filter((name) => !isRead(name) && !opensDoor(name));
};

/** Settings of a fleet that nothing reads but the route that changes them. */
const deadFleetSettings = (): string[] => {
  const code = ['api', 'activities', 'workflows']
    .flatMap(sourcesOf)
    .filter((path) => !/fleet-settings\.ts$|field-texts\.ts$/.test(path))
    .map(read)
    .join('\n');
  return Object.keys(FleetSettingsView.shape).filter((name) => !new RegExp(`\\b${name}(?:Paise)?\\b`).test(code));
};

const named = (names: string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** What the contract asks for and this version does not have, as a section of Markdown. */
export const notBuilt = (): string =>
  [
    '| Routes | Not there yet |',
    '|---|---|',
    ...missingRoutes(),
    '',
    `- Lifecycle moves of a trip without a command: ${missingMoves(tripMoves)}.`,
    `- Settings without an effect: ${[named(deadSettings()), ...deadFleetSettings().map((name) => `\`${name}\` of a fleet`)].join(', ')}.`,
  ].join('\n');
