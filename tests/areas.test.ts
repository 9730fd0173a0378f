import { expect, test } from '@jest/globals';
import { dirname } from 'node:path';
import { subjects } from '../api/subjects.ts';
import { areas, imports, isOurs, layers, lines, read, under } from './sources.ts';

type Area = (typeof areas)[number];
type Layer = 'rules' | 'workflows' | 'activities' | 'API';

/**
 * Which other areas the files of an area may import, layer by layer. An arrow that is not here is a decision: add it with its
 * reason, or let the areas meet through a process or a read view. An arrow that nobody uses any more goes.
 */
const allowed: Record<Layer, Partial<Record<Area, Area[]>>> = {
  rules: {},
  workflows: {},
  activities: {
    // A notification goes out through the partner that sends texts, in the words of the messages.
    messages: ['partners'],
    // A payment asks the gateway for its page, and what became of it; a shift hears whether its cash is settled.
    money: ['partners', 'shifts'],
    // The gateway's words and hashes are rules of money.
    partners: ['messages', 'money'],
    // A boarding code is announced in the commit that makes it; trips go to nobody whose rent is not paid, where a fleet insists.
    trips: ['messages', 'money'],
  },
  API: {
    // A driver's profile shows vehicle, shift, trips and deposit; who is suspended loses the first three.
    people: ['fleet', 'shifts', 'trips', 'money'],
    // A roster link shows its driver; what loses its vehicle or its fleet is told to shift and trip; a retired vehicle takes no money.
    fleet: ['people', 'shifts', 'trips', 'money'],
    // Nobody checks in whose rent is not paid, where a fleet insists.
    shifts: ['people', 'money'],
    trips: ['people', 'fleet'],
    // What the gateway tells about a payment is read where it is verified; who is suspended loses shift, trips and vehicle; a shift
    // hears whether the cash that it brought is settled; a bank account is shown as a driver's profile shows it;
    // a code that approves goes the way of a code that logs in.
    money: ['people', 'fleet', 'partners', 'shifts'],
    // An event of the gateway is verified by the hashes of money.
    partners: ['money'],
  },
};

const filesOf: [Layer, RegExp][] = [
  ['rules', /^workflows\/domain\//],
  ['workflows', /^workflows\/(?!domain\/)/],
  ['activities', /^activities\//],
  ['API', /^api\//],
];

const areaOf = (path: string): Area | undefined => areas.find((area) => dirname(path).split('/').includes(area));

/** The arrows between areas in a layer, as they are. */
const arrows = (files: RegExp): Partial<Record<Area, Area[]>> => {
  const found = new Map<Area, Set<Area>>();
  for (const { from, to } of imports.filter(({ from }) => files.test(from))) {
    const [area, other] = [areaOf(from), isOurs(to) ? areaOf(to) : undefined];
    if (area && other && area !== other) found.set(area, (found.get(area) ?? new Set()).add(other));
  }
  return Object.fromEntries([...found].map(([area, others]) => [area, areas.filter((other) => others.has(other))]));
};

const inOrder = (listed: Area[] = []) => areas.filter((area) => listed.includes(area));

test.each(filesOf)('%s of one area import only what the table allows of others', (layer, files) => {
  const expected = Object.entries(allowed[layer]).map(([area, others]) => [area, inOrder(others)]);

  expect(arrows(files)).toEqual(Object.fromEntries(expected));
});

test('rules of areas never stand in a circle', () => {
  const arrowsOfRules: Partial<Record<Area, Area[]>> = allowed.rules;
  const reaches = (from: Area, to: Area): boolean =>
    (arrowsOfRules[from] ?? []).some((next) => next === to || reaches(next, to));

  expect(areas.filter((area) => reaches(area, area))).toEqual([]);
});

/**
 * What an area offers to the others in the API, besides its views: what happens to its records when others change theirs, and the
 * words of a partner as they were verified.
 */
const offered = [
  ...['api/people/personal-numbers.ts', 'api/fleet/cascades.ts', 'api/fleet/vehicle-papers.ts'],
  'api/money/rentals/rental-commands.ts',
  ...['api/partners/gateway-events.ts', 'api/people/sent-codes.ts'],
];

test('in the API areas meet through views', () => {
  const meetings = imports.filter(
    ({ from, to }) =>
      [from, to].every((path) => path.startsWith('api/') && areaOf(path)) && areaOf(from) !== areaOf(to),
  );

  expect(meetings.filter(({ to }) => !/-(?:views|rows)\.ts$/.test(to) && !offered.includes(to))).toEqual([]);
  expect(offered.filter((file) => !meetings.some(({ to }) => to === file))).toEqual([]);
});

/** The tables of the areas. */
const models = areas
  .flatMap((area) => under(`prisma/models`).filter((path) => path.includes(`/${area}/`) && path.endsWith('.prisma')))
  .flatMap((path) => [...read(path).matchAll(/^model (\w+)/gm)].map(([, name]) => name!));

test('the kernel of the API names no noun', () => {
  const nouns = [...models, ...Object.keys(subjects)];
  const small = nouns.map((noun) => noun.charAt(0).toLowerCase() + noun.slice(1)).join('|');
  // As a table or a subject, as a word in quotes, or as a type.
  const named = new RegExp(`\\.(?:${small})\\b|'(?:${small})s?\\b|\\bPrisma\\.(?:${models.join('|')})[A-Z]`);
  const kernel = (path: string) => path.startsWith('api/http/');

  expect(models.length).toBeGreaterThan(10);
  expect(lines(kernel, named)).toEqual([]);
  expect(imports.filter(({ from, to }) => kernel(from) && areaOf(to))).toEqual([]);
});

const filesMax = 24;

test(`a folder holds at most ${filesMax} files`, () => {
  const files = layers.flatMap(under).filter((path) => /\.(?:ts|js|prisma)$/.test(path));
  const byFolder = Map.groupBy(files, dirname);

  expect([...byFolder].filter(([, found]) => found.length > filesMax).map(([folder]) => folder)).toEqual([]);
});
