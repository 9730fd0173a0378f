import { expect, test } from '@jest/globals';
import { randomFrom } from '../../soak/random.ts';
import { storm } from '../../world/money/storm.ts';

test('a storm of events, repeated, shuffled and forged, is one deposit per payment', async () => {
  const seed = Math.floor(Math.random() * 1_000_000);

  const done = await storm({ payments: 120, copiesMax: 10, connections: 64, random: randomFrom(seed) });

  expect({ seed, ...done }).toMatchObject({
    ...{ tamperedAccepted: 0, othersRefused: 0, serverErrors: 0, faults: [] },
    effects: done.expected,
  });
  expect(done.refused).toBeGreaterThan(0);
}, 300_000);
