import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect } from '../../../prisma/client.ts';
import { postAll } from '../../../prisma/post.ts';
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { incentiveCreated } from '../../../workflows/domain/money/journals/incentives.ts';
import { penaltyIssued } from '../../../workflows/domain/money/journals/penalties.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { world } from '../../world/world.ts';

test('a posting finds by key what it changes', async () => {
  const { id: fleetId, hubId } = await aFleet();
  const { id: driverId } = await aDriver({ id: fleetId, hubId });
  const of = { driverId, fleetId, occurredAt: new Date().toISOString() };
  const fresh = connect(world.databaseUrl, 1); // Its statistics hold no other statement.

  const scans = await fresh.db.$transaction(async (tx) => {
    const [txnid, penaltyId, incentiveId] = [randomUUID(), randomUUID(), randomUUID()];
    await postAll(tx, [
      depositPaid({ ...of, txnid, amount: rupees(5) }),
      penaltyIssued({ ...of, penaltyId, amount: rupees(5) }),
      incentiveCreated({ ...of, incentiveId, amount: rupees(5) }),
    ]);
    return tx.$queryRaw`SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0`;
  });
  await fresh.close();

  expect(scans).toEqual([]);
});
