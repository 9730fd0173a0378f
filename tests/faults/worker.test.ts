import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { aFleet } from '../world/factories.ts';
import { brokenAtRest } from '../world/health.ts';
import type { Answered } from '../world/send-until-answered.ts';
import { told, underLoad, unexpectedIn } from '../world/load.ts';
import { whileHeld } from '../world/locks.ts';
import { kill } from '../world/parts.ts';
import { startProcess } from '../world/processes.ts';
import { world } from '../world/world.ts';
import { everyCommand } from './every-command.ts';

test('a worker dies in the middle of every kind of command: nothing is lost, nothing happens twice', async () => {
  const fleet = await aFleet();
  const cases = await everyCommand(fleet);

  let sent: Promise<Answered>[] = [];
  await whileHeld(
    cases.length,
    () => (sent = cases.map(({ send }) => send())),
    () => kill('worker'),
  );
  const answers = await Promise.all(sent);

  expect(answers.filter(({ status }) => status >= 300).map(told)).toEqual([]);
  for (const { expected, events } of cases) expect((await events()).map(({ type }) => type)).toEqual(expected);
  expect(await brokenAtRest()).toEqual([]);
});

/** A takeover is five seconds; the rest is for a machine that is busy with other tests. `npm run soak` shows the real one. */
const takeoverMs = 20_000;

test('of two workers one dies under load: its commands are taken over, and nobody waits for long', async () => {
  const second = await startProcess('workers', world.workerEnvironment, join(world.folder, 'second-worker.log'));

  const { answers, ...done } = await underLoad(10, () => {
    process.kill(second.pid()!, 'SIGKILL');
    return second.stop(); // It is not started again.
  });

  expect(unexpectedIn(answers)).toEqual([]);
  expect(answers.filter(({ waitedMs }) => waitedMs > takeoverMs).map(told)).toEqual([]);
  expect(done).toEqual({ completed: 10, checkedOut: 10 });
  expect(await brokenAtRest()).toEqual([]);
});
