import { readSubscription } from '../../prisma/rentals.ts';
import { dayMs, hourMs } from '../../workflows/domain/time.ts';
import { periodsChangedId } from '../../workflows/processes.ts';
import { post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver } from '../world/factories.ts';
import type { aFleet } from '../world/factories.ts';
import { withBank } from '../world/money/payouts.ts';
import { aPenalty, payDeposit, penaltyRow, waivePenalty } from '../world/money/penalties.ts';
import { aRenter, grant, letPass, rentalRow } from '../world/money/rentals.ts';
import { until } from '../world/until.ts';
import { done, handleOf } from './asked.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

const aSuspension = async (fleet: Fleet, fromSeconds: number, toSeconds: number): Promise<string> => {
  const driver = await aDriver(fleet);
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const dates = { suspensionStartDate: at(fromSeconds), suspensionEndDate: at(toSeconds) };
  return aPenalty(driver, fleet.manager, { type: 'SUSPENSION', ...dates });
};

const penaltyLifted = async (fleet: Fleet) => {
  const id = await aSuspension(fleet, -1, 60);
  await done(post(`/payments/admin/penalty/${id}/nudge`, {}, fleet.manager));
  await done(post(`/payments/admin/penalty/${id}/lift`, { reason: 'Mr Bhatnagar was heard' }, fleet.manager));
  return `penalty:${id}`;
};

const penaltyTimed = async (fleet: Fleet) => {
  const id = await aSuspension(fleet, 3, 8);
  await until(async () => (await penaltyRow(id)).status === 'ENDED', 'the end of the suspension');
  return `penalty:${id}`;
};

/** A driver is blacklisted, and the deposit waits for a bank account. */
const aBlacklisting = async (fleet: Fleet) => {
  const driver = await aDriver(fleet);
  await payDeposit(driver.id, fleet.id, 80_000);
  return { driver, id: await aPenalty(driver, fleet.manager, { type: 'BLACKLIST' }) };
};

const penaltySettled = async (fleet: Fleet) => {
  const { driver, id } = await aBlacklisting(fleet);
  await withBank(driver.id);
  await handleOf(`penalty:${id}`).executeUpdate('settle', { args: [{}], updateId: `settle:${id}` });
  return `penalty:${id}`;
};

const penaltyReviewed = async (fleet: Fleet) => {
  const { id } = await aBlacklisting(fleet);
  await done(post(`/payments/admin/penalty/${id}/review`, { reviewNotes: 'Mr Bhatnagar saw it' }, fleet.manager));
  await done(waivePenalty(id, fleet.manager));
  return `penalty:${id}`;
};

/** Paused, nudged, resumed, extended; its end is near, and a scheduled period is cancelled. */
const rental = async (fleet: Fleet) => {
  const { driver, planId, rentalId } = await aRenter(fleet);
  const command = (id: string, verb: string, body = {}) =>
    done(post(`/payments/admin/rentals/${id}/${verb}`, { reason: 'Mr Bhatnagar', ...body }, fleet.manager));
  await command(rentalId, 'pause');
  await command(rentalId, 'resume');
  await command(rentalId, 'extend', { hours: 1 });
  const next = (await grant(fleet, driver.id, planId)).body.data.id as string;
  await until(
    async () => (await db.rentalSubscription.findUniqueOrThrow({ where: { id: driver.id } })).begunAt,
    'the begin',
  );
  await letPass(driver.id, 14 * dayMs + hourMs - 2_000);
  await command(rentalId, 'nudge');
  await until(async () => (await rentalRow(rentalId)).status === 'EXPIRED', 'the end of the period');
  await command(next, 'cancel', { refund: 'PRORATA' });
  return `rental:${driver.id}`;
};

/** Nobody resumes it for 90 days. */
const rentalPaused = async (fleet: Fleet) => {
  const { driver, rentalId } = await aRenter(fleet);
  const pause = { reason: 'Mr Bhatnagar' };
  await done(post(`/payments/admin/rentals/${rentalId}/pause`, pause, fleet.manager));
  await letPass(driver.id, 90 * dayMs - 1_500);
  await done(post(`/payments/admin/rentals/${rentalId}/nudge`, {}, fleet.manager));
  await until(async () => (await rentalRow(rentalId)).status === 'CANCELLED', 'the end of the pause');
  return `rental:${driver.id}`;
};

/** A payment changes the periods beside their process, which is told. */
const rentalTold = async (fleet: Fleet) => {
  const { driver, planId } = await aRenter(fleet);
  await until(
    async () => (await db.rentalSubscription.findUniqueOrThrow({ where: { id: driver.id } })).begunAt,
    'the begin',
  );
  await done(grant(fleet, driver.id, planId));
  const facts = (await readSubscription(db, driver.id))!;
  await handleOf(`rental:${driver.id}`).executeUpdate('look', { args: [{}], updateId: periodsChangedId(facts) });
  await aPenalty(driver, fleet.manager, { type: 'BLACKLIST' });
  await until(async () => (await handleOf(`rental:${driver.id}`).describe()).status.name === 'COMPLETED', 'the end');
  return `rental:${driver.id}`;
};

/** Commands and deadlines of penalties and rentals. */
export const moneyScenes = {
  penaltyLifted,
  penaltyTimed,
  penaltySettled,
  penaltyReviewed,
  rental,
  rentalPaused,
  rentalTold,
};
