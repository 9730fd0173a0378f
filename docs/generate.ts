import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { endpoints } from '../api/endpoints.ts';
import { examples } from '../api/examples.ts';
import { openApi } from '../api/http/openapi.ts';
import { shiftLifecycle, tripLifecycle } from './lifecycles.ts';
import { notBuilt } from './not-built.ts';
import { rulesPage } from './rules.ts';

// Writes what is derived from the code, or with --check says what has drifted from it.

const lineLength = 100;
const outlineDepth = 8;

/** JSON with a line for whatever is short or deep, so that the file stays small and a change shows where it is. */
const outline = (value: unknown, depth = outlineDepth, margin = '\n'): string => {
  const line = JSON.stringify(value);
  if (depth === 0 || line.length <= lineLength || typeof value !== 'object' || value === null) return line;
  const inner = `${margin} `;
  const part = (each: unknown) => outline(each, depth - 1, inner);
  if (Array.isArray(value)) return `[${inner}${value.map(part).join(`,${inner}`)}${margin}]`;
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${part(field)}`);
  return `{${inner}${fields.join(`,${inner}`)}${margin}}`;
};

const markdown = async (path: string, text: string) => format(text, { ...(await resolveConfig(path)), filepath: path });

const readme = fileURLToPath(new URL('../README.md', import.meta.url));

/** The part of README that is generated stands between two marks. */
const readmeWith = async (section: string) =>
  (await readFile(readme, 'utf8')).replace(/(<!-- generated -->\n)[^]*(<!-- end -->)/, `$1\n${section}\n\n$2`);

const generated: Record<string, (path: string) => string | Promise<string>> = {
  'openapi.json': () => `${outline(openApi(endpoints, examples))}\n`,
  'lifecycles.md': (path) => markdown(path, `${tripLifecycle()}\n${shiftLifecycle()}`),
  'rules.md': (path) => markdown(path, rulesPage()),
  '../README.md': async (path) => markdown(path, await readmeWith(notBuilt())),
};

const isCheck = process.argv.includes('--check');
const drifted: string[] = [];

for (const [name, make] of Object.entries(generated)) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const text = await make(path);
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present === text) continue;
  if (isCheck) drifted.push(name);
  else await writeFile(path, text);
}

if (drifted.length > 0) {
  console.error(`docs/${drifted.join(', docs/')} no longer says what the code does. Run \`npm run docs\`.`);
  process.exit(1);
}
