import { Client, Connection, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleOptions } from '@temporalio/client';
import { coreQueue } from '../workflows/shared/task-queues.ts';

/** A missed tick of a minute is worth nothing: the next one sees the same rows. */
const schedules: ScheduleOptions[] = [
  {
    scheduleId: 'reconciliation',
    spec: { intervals: [{ every: '1 minute' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'reconciliationWorkflow',
      workflowId: 'reconciliation',
      taskQueue: coreQueue,
      workflowRunTimeout: '3 minutes',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  },
  {
    scheduleId: 'purge',
    spec: { calendars: [{ hour: 3 }], timezone: 'Asia/Kolkata' },
    action: {
      type: 'startWorkflow',
      workflowType: 'purgeWorkflow',
      workflowId: 'purge',
      taskQueue: coreQueue,
      workflowRunTimeout: '1 hour',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '12 hours' },
  },
  // What changed, every quarter of an hour; everything, every night. Source: ledger.md, Invariants.
  {
    scheduleId: 'ledger-check',
    spec: { intervals: [{ every: '15 minutes' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'ledgerCheckWorkflow',
      workflowId: 'ledger-check',
      args: ['INCREMENTAL'],
      taskQueue: coreQueue,
      workflowRunTimeout: '10 minutes',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  },
  {
    scheduleId: 'ledger-check-full',
    spec: { calendars: [{ hour: 2 }], timezone: 'Asia/Kolkata' },
    action: {
      type: 'startWorkflow',
      workflowType: 'ledgerCheckWorkflow',
      workflowId: 'ledger-check-full',
      args: ['FULL'],
      taskQueue: coreQueue,
      workflowRunTimeout: '2 hours',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '12 hours' },
  },
  // Source: rentals.md rule 14.
  {
    scheduleId: 'rental-income',
    spec: { calendars: [{ hour: 1 }], timezone: 'Asia/Kolkata' },
    action: {
      type: 'startWorkflow',
      workflowType: 'rentalIncomeWorkflow',
      workflowId: 'rental-income',
      taskQueue: coreQueue,
      workflowRunTimeout: '2 hours',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '12 hours' },
  },
  // Source: collections.md rule 19.
  {
    scheduleId: 'gateway-days',
    spec: { calendars: [{ hour: 7 }], timezone: 'Asia/Kolkata' },
    action: {
      type: 'startWorkflow',
      workflowType: 'gatewayDaysWorkflow',
      workflowId: 'gateway-days',
      taskQueue: coreQueue,
      workflowRunTimeout: '6 hours',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '12 hours' },
  },
  // Source: ledger.md rule 5.
  {
    scheduleId: 'months-due',
    spec: { calendars: [{ dayOfMonth: 7, hour: 4 }], timezone: 'Asia/Kolkata' },
    action: {
      type: 'startWorkflow',
      workflowType: 'monthsDueWorkflow',
      workflowId: 'months-due',
      taskQueue: coreQueue,
      workflowRunTimeout: '2 hours',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '20 days' },
  },
];

/** Brings the server's schedules in line with this list: run at deployment, once, not by every worker. */
export const upsertSchedules = async (client: Client): Promise<void> => {
  for (const schedule of schedules) {
    try {
      const { spec, policies, action } = schedule;
      await client.schedule.getHandle(schedule.scheduleId).update((previous) => ({
        state: previous.state,
        spec,
        action,
        ...(policies ? { policies } : {}),
      }));
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      await client.schedule.create(schedule);
    }
  }
};

if (import.meta.main) {
  const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
  await upsertSchedules(new Client({ connection, namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default' }));
  await connection.close();
  console.log(`Schedules: ${schedules.map(({ scheduleId }) => scheduleId).join(', ')}`);
}
