import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { endpoints } from '../api/endpoints.ts';
import examples from '../api/examples.json' with { type: 'json' };
import { openApi } from '../api/http/openapi.ts';
import { shiftLifecycle, tripLifecycle } from './lifecycles.ts';

// Writes what is derived from the code, or with --check says what has drifted from it.

const generated: Record<string, () => string> = {
  'openapi.json': () => JSON.stringify(openApi(endpoints, examples)),
  'lifecycles.md': () => `${tripLifecycle()}\n${shiftLifecycle()}`,
};

const isCheck = process.argv.includes('--check');
const drifted: string[] = [];

for (const [name, make] of Object.entries(generated)) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const text = await format(make(), { ...(await resolveConfig(path)), filepath: path });
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present === text) continue;
  if (isCheck) drifted.push(name);
  else await writeFile(path, text);
}

if (drifted.length > 0) {
  console.error(`docs/${drifted.join(', docs/')} no longer says what the code does. Run \`npm run docs\`.`);
  process.exit(1);
}
