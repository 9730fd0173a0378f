import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

// The project as text, for the tests of its structure.

export const root = fileURLToPath(new URL('..', import.meta.url));
export const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Layer first, then area, then noun: a noun has one name and one area in every layer. A large area has folders, which no name holds. */
export const areas = ['people', 'fleet', 'shifts', 'trips', 'money', 'partners', 'messages'] as const;
const areaFile = (layer: string) =>
  new RegExp(`^${layer}/((?:${areas.join('|')})/)?(?:(?<=/\\w+/)[\\w-]+/)?([^/]+)\\.ts$`);

/** `money/credits`: the area and noun of a file of a layer; null for a file of none. */
export const nounOf = (layer: string, path: string): string | null => {
  const [, area = '', noun] = areaFile(layer).exec(path) ?? [];
  return noun === undefined ? null : area + noun;
};

export const layers = ['api', 'workflows', 'activities', 'workers', 'prisma', 'local', 'docs', 'tests'];
export const notOurs = /node_modules|prisma\/(?:generated|migrations)|docs\/example-domain\/new/;

export const under = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => !notOurs.test(path));

export const sources = [...layers.flatMap(under), 'prisma.config.ts'].filter((path) => path.endsWith('.ts'));
export const code = (path: string) => read(path).replace(/\/\*[^]*?\*\/|(?<![:'"`])\/\/.*/g, '');

export interface Import {
  from: string;
  /** A file of ours, or the name of a package. */
  to: string;
  typeOnly: boolean;
}

const importPattern =
  /^(?:import\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?|export\s+(type\s)?(?:\{[^}]*\}|\*(?:\sas\s\w+)?)\s+from\s+)'([^']+)'|\bimport\('([^']+)'/gm;

export const imports: Import[] = sources.flatMap((from) =>
  [...code(from).matchAll(importPattern)].map(([, imported, exported, named, dynamic]) => {
    const to = (named ?? dynamic)!;
    return {
      from,
      to: to.startsWith('.') ? normalize(join(dirname(from), to)) : to,
      typeOnly: Boolean(imported ?? exported),
    };
  }),
);

export const isOurs = (path: string) => path.endsWith('.ts');

/** The imports of some files which none of the patterns allows; each as a line that says where to look. */
export const strangers = (files: RegExp, allowed: { anything: RegExp; types?: RegExp }) =>
  imports
    .filter(({ from }) => files.test(from))
    .filter(({ to, typeOnly }) => !allowed.anything.test(to) && !(typeOnly && allowed.types?.test(to)))
    .map(({ from, to, typeOnly }) => `${from} → ${to}${typeOnly ? ' (type)' : ''}`);

export const lines = (files: (path: string) => boolean, pattern: RegExp) =>
  sources
    .filter(files)
    .flatMap((path) =>
      code(path)
        .split('\n')
        .map((text) => ({ path, text })),
    )
    .filter(({ text }) => pattern.test(text))
    .map(({ path, text }) => `${path}: ${text.trim()}`);
