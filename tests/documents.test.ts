import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filters } from '../local/card.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const under = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => pattern.test(path) && !path.includes('generated'));

const pages = ['README.md', ...under('docs', /\.md$/)];

/** What a heading is called in a link. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

test.each(pages)('every link of %s leads somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];

  const broken = links.filter(([, path, anchor]) => {
    const target = path ? join(dirname(page), path) : page;
    return !existsSync(join(root, target)) || (anchor !== undefined && !anchors(read(target)).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test('npm start prints the saved filters of the runbook for the address of its own Temporal UI', () => {
  const printed = filters('http://127.0.0.1:8299');

  expect(printed.length).toBeGreaterThan(6);
  expect(printed).toContainEqual([
    'what needs a human',
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:8299\/.*NeedsHuman/),
  ]);
  expect(printed.filter(([, link]) => link!.includes('8233'))).toEqual([]);
});

test('every file that README names is there', () => {
  const named = [...read('README.md').matchAll(/`((?:api|workflows|activities|docs|tests|local)\/[\w./-]+)`/g)];

  expect(named.length).toBeGreaterThan(8);
  expect(named.map(([, path]) => path!).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

const comments = (path: string) =>
  (read(path).match(/\/\*[^]*?\*\/|\/\/.*/g) ?? []).map((text) => text.replace(/\s*\*\s+/g, ' '));

/** The page of the contract that a file cites when it names none. */
const pageOf = (path: string): string => {
  if (path.endsWith('pricing.ts')) return 'pricing.md';
  if (path.endsWith('google-maps.ts')) return 'maps-public-booking.md';
  if (/payout|decisions|wallet/.test(path)) return 'payouts.md';
  if (/\/collections/.test(path)) return 'collections.md';
  return /shift|attendance/.test(path) ? 'attendance.md' : 'trips.md';
};

/** The numbers of `rule 5`, `rules 1 to 3` and `rules 19 and 20`. */
const numbers = (first: string, word?: string, last?: string): number[] => {
  if (!last) return [Number(first)];
  if (word !== 'to') return [Number(first), Number(last)];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
};

const citations = ['api', 'workflows', 'activities', 'workers', 'prisma']
  .flatMap((folder) => under(folder, /\.ts$/))
  .flatMap((path) => comments(path).map((comment) => ({ path, comment })));

const rules = citations.flatMap(({ path, comment }) =>
  [...comment.matchAll(/(?:([\w-]+\.md)(?: [A-Za-z][\w ]*)?,? )?\b[Rr]ules? (\d+)(?: (to|and) (\d+))?/g)].flatMap(
    ([, page = pageOf(path), first, word, last]) =>
      numbers(first!, word, last).map((number) => ({ page, number, path })),
  ),
);
const codes = citations.flatMap(({ comment }) => comment.match(/\b[TAPM]\d{1,2}\b/g) ?? []);
const sections = citations.flatMap(({ comment }) => comment.match(/(?<=[Cc]onventions,? )section \d+/g) ?? []);

const sources = read('docs/sources.md');
const sectionsOf = new Map(sources.split(/^## /m).map((text) => [text.split('\n')[0]!, text]));
const isExplained = (page: string, name: string) =>
  new RegExp(`^\\| ${name} +\\|`, 'm').test(sectionsOf.get(page) ?? '') ||
  new RegExp(`^\\| ${page} ${name} +\\|`, 'm').test(sources);

test('every rule that a comment cites is explained in docs/sources.md', () => {
  expect(rules.length).toBeGreaterThan(30);
  expect(rules.filter(({ page, number }) => !isExplained(page, `rule ${number}`))).toEqual([]);
});

test('so is every route that a comment cites by its letter, and every section of the conventions', () => {
  expect(codes.length).toBeGreaterThan(8);
  expect([...new Set(codes)].filter((code) => !new RegExp(`^\\| ${code} +\\|`, 'm').test(sources))).toEqual([]);
  expect(sections.length).toBeGreaterThan(8);
  expect([...new Set(sections)].filter((section) => !isExplained('conventions.md', section))).toEqual([]);
});

test('every page of the contract that a comment cites is named there', () => {
  const cited = new Set(citations.flatMap(({ comment }) => comment.match(/\b[a-z][\w-]+\.md\b/g) ?? []));

  expect([...cited].filter((page) => !sources.includes(page) && !existsSync(join(root, 'docs', page)))).toEqual([]);
});
