import { expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { randomUUID } from 'node:crypto';
import { notificationProcess, startOptions } from '../../../workflows/processes.ts';
import { textsIn } from '../../replay/histories.ts';
import { db } from '../../world/database.ts';
import { aFleet, aPhone, aTrip } from '../../world/factories.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';

/** Nobody of the played day, whose privacy test reads the same logs. */
const name = 'Padmavati';
const passengerOf = (phone: string) => `Key (phone)=(${phone}) of ${name} already exists`;

/** Lets the database refuse, with words about the passenger, what is written of one message. */
const failingFor = async (notificationId: string, phone: string, work: () => Promise<void>): Promise<void> => {
  const trigger = `failing_${notificationId.replaceAll('-', '')}`;
  await db.$executeRawUnsafe(
    `CREATE FUNCTION ${trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF NEW."notificationId" = '${notificationId}' THEN RAISE EXCEPTION '${passengerOf(phone)}'; END IF; RETURN NEW;
     END $$`,
  );
  await db.$executeRawUnsafe(
    `CREATE TRIGGER ${trigger} BEFORE INSERT ON "delivery_attempts" FOR EACH ROW EXECUTE FUNCTION ${trigger}()`,
  );
  try {
    await work();
  } finally {
    await db.$executeRawUnsafe(`DROP FUNCTION ${trigger}() CASCADE`);
  }
};

test('what fails leaves no phone and no name in the history, and its kind all the same', async () => {
  const [fleet, phone, id] = [await aFleet(), aPhone(), randomUUID()];
  const { id: tripId } = await aTrip(fleet, { passengerPhone: phone });
  const expiresAt = new Date(Date.now() + 86_400_000);
  const message = { id, tripId, event: 'passenger:cancelled', dedupeKey: `failing:${id}`, expiresAt };
  await db.notification.create({ data: { ...message, channels: ['SMS'] } });
  const process = notificationProcess(id);

  await failingFor(id, phone, async () => {
    const handle = await temporal.workflow.start(process.type, startOptions(process));
    const failures = async () =>
      (await handle.describe()).raw.pendingActivities?.filter(({ lastFailure }) => lastFailure);
    await until(async () => ((await failures()) ?? []).length > 0, 'the failure of an activity');
  });

  const handle = temporal.workflow.getHandle(process.workflowId);
  await until(async () => (await handle.describe()).status.name === 'COMPLETED', 'the end of the message');
  const texts = textsIn(JSON.parse(historyToJSON(await handle.fetchHistory()))).map(({ text }) => text);
  expect(texts.filter((text) => text.includes('The activity failed')).length).toBeGreaterThan(1);
  expect(texts.filter((text) => text.includes(phone) || text.includes(name))).toEqual([]);
});
