import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { fileURLToPath } from 'node:url';
import { installRuntime } from '../../workers/log.ts';

// The worker of `workers/main.ts` with the same options, but for what it runs.
installRuntime(pino({ level: 'info' }));
const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS']! });
const worker = await Worker.create({
  connection,
  taskQueue: 'skeleton',
  workflowsPath: fileURLToPath(new URL('skeleton-workflow.ts', import.meta.url)),
  activities: { nothing: () => Promise.resolve() },
  maxConcurrentActivityTaskExecutions: 20,
  maxConcurrentLocalActivityExecutions: 20,
  stickyQueueScheduleToStartTimeout: '1s',
  shutdownGraceTime: '10s',
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.send?.('ready');
await worker.run();
await connection.close();
process.exit(0);
