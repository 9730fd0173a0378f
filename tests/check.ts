import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// `npm run check`: every `check:*` of package.json, two at a time, and how long each took. Only what failed shows its output.

const atOnce = 2;
const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>;
};
const waiting = Object.keys(scripts).filter((name) => name.startsWith('check:'));

const run = (name: string): Promise<{ ok: boolean; output: string }> =>
  new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
    execFile('npm', ['run', '--silent', name], options, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: stdout + stderr }),
    );
  });

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

let failed = 0;
const lane = async (): Promise<void> => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const startedMs = performance.now();
    const { ok, output } = await run(name);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(18)} ${seconds(startedMs)}`);
    if (ok) continue;
    failed += 1;
    console.log(output);
  }
};
await Promise.all(Array.from({ length: atOnce }, lane));
console.log(`${failed === 0 ? 'All is well' : `${failed} failed`} after ${seconds(0)}.`);
process.exit(failed === 0 ? 0 : 1);
