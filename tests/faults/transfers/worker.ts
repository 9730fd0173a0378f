import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { connect } from '../../../prisma/client.ts';
import { transferActivities } from './activities.ts';

const [address, databaseUrl, partner, codePath] = process.argv.slice(2) as [string, string, string, string];
Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: 'transfers',
  workflowBundle: { codePath },
  activities: transferActivities(connect(databaseUrl, 5).db, partner),
  stickyQueueScheduleToStartTimeout: '1s',
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
await worker.run();
