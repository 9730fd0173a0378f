import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The newest release that `go install` builds; later ones carry a `replace` that it refuses. */
const goPackage = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const downloadHost = 'https://temporal.download';
const downloadTimeoutMs = 5 * 60_000;
const goOutputMaxBytes = 16 * 1024 * 1024;
const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** A server that already runs, or the binary of one that can be started; `how` says in words which it took. */
type FoundTemporal = { how: string } & ({ address: string } | { path: string });

/**
 * Finds a Temporal server, taking the first of: the server that TEMPORAL_ADDRESS names, the binary that
 * TEMPORAL_CLI_PATH names, `temporal` on the PATH, the one in our cache folder, a download, a build with Go. The last two
 * leave the binary in the cache folder, so they happen once per machine.
 */
export const findTemporal = async (
  environment: NodeJS.ProcessEnv,
  log: (text: string) => void,
): Promise<FoundTemporal> => {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_CLI_PATH: path } = environment;
  if (address) return { address, how: 'the server that TEMPORAL_ADDRESS names' };
  if (path && !isExecutable(path)) throw new Error(`TEMPORAL_CLI_PATH names ${path}, which cannot be executed.`);
  if (path) return { path, how: `the binary that TEMPORAL_CLI_PATH names (${path})` };
  const onPath = findOnPath(executable, environment);
  if (onPath) return { path: onPath, how: `temporal on the PATH (${onPath})` };

  const cache = join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'drivers-klub');
  const cached = join(cache, executable);
  if (isExecutable(cached)) return { path: cached, how: `the binary in the cache (${cached})` };
  mkdirSync(cache, { recursive: true });
  if (await download(cached, log)) return { path: cached, how: `downloaded to the cache (${cached})` };
  if (await build(cached, environment, log)) return { path: cached, how: `built with Go into the cache (${cached})` };
  throw new Error(
    'No Temporal server was found. Either install its CLI (https://docs.temporal.io/cli, then `temporal` is on the PATH, ' +
      'or name the file in TEMPORAL_CLI_PATH), or install Go 1.25 or newer and start again, which builds it.',
  );
};

const findOnPath = (name: string, environment: NodeJS.ProcessEnv) =>
  (environment.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * Lets the Temporal SDK download the CLI. It can do that only by starting a server, and it installs signal handlers for
 * the whole process on the way, so it works in a process of its own. The probe before makes an offline machine fail fast.
 */
const download = async (target: string, log: (text: string) => void): Promise<boolean> => {
  try {
    await fetch(downloadHost, { method: 'HEAD', signal: AbortSignal.timeout(3_000) });
  } catch {
    return false;
  }
  log('downloading the Temporal CLI, once for this machine');
  const folder = `${target}.download`;
  mkdirSync(folder, { recursive: true });
  try {
    const script = `
      import { TestWorkflowEnvironment } from '@temporalio/testing';
      const executable = { type: 'cached-download', downloadDir: ${JSON.stringify(folder)} };
      await (await TestWorkflowEnvironment.createLocal({ server: { executable } })).teardown();`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      timeout: downloadTimeoutMs,
    });
    const [file] = readdirSync(folder).filter((name) => isExecutable(join(folder, name)));
    if (file) renameSync(join(folder, file), target);
    return Boolean(file);
  } catch (error) {
    log(`the download failed: ${(error as Error).message.split('\n')[0]}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Shows how long something takes: on a terminal in one line that counts the seconds, elsewhere in one line at its start. */
const counting = async <T>(text: string, log: (text: string) => void, work: Promise<T>): Promise<T> => {
  if (!process.stdout.isTTY) log(text);
  const startedAt = performance.now();
  const show = () =>
    process.stdout.write(`\r${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${text}`);
  const timer = process.stdout.isTTY ? setInterval(show, 1_000) : undefined;
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (timer) process.stdout.write('\n');
  }
};

/** Builds the CLI with Go. What Go says is shown only when it fails. */
const build = async (target: string, environment: NodeJS.ProcessEnv, log: (text: string) => void): Promise<boolean> => {
  const go = findOnPath(process.platform === 'win32' ? 'go.exe' : 'go', environment);
  if (!go) return false;
  const folder = `${target}.build`;
  const env = { ...environment, GOBIN: folder };
  const building = promisify(execFile)(go, ['install', goPackage], { env, maxBuffer: goOutputMaxBytes });
  try {
    await counting('building the Temporal server with Go, which takes minutes once', log, building);
    renameSync(join(folder, executable), target);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    log(`the build failed (go install ${goPackage}):\n${stderr ?? message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return isExecutable(target);
};
