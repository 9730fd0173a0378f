import { randomBytes } from 'node:crypto';
import { aTopup } from '../../world/money/wallet.ts';
import { aLostPayoutRow, aPayoutRow } from '../../world/money/payouts.ts';
import { post } from '../../world/api.ts';
import type { InputsByRoute, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

// What the tests of every route need of the wallet and of what two people decide: see `situations.ts`.

export const payoutInputs: InputsByRoute = {
  'POST /payments/admin/payouts/wallet/topup': () => ({
    amount: '250000.00',
    bankReference: randomBytes(8).toString('hex'),
  }),
  'POST /payments/admin/payout/:id/decide': () => ({ outcome: 'NOT_PAID', evidence: 'Statement of the bank, line 14' }),
};

const aTopupBySomebodyElse = async (): Promise<Variables> => ({ WALLETTOPUP_ID: (await aTopup()).id });

const aLostPayout = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  PAYOUT_ID: (await aLostPayoutRow({ driverId: driver.id, fleetId: fleet.id })).id,
  UTR: randomBytes(8).toString('hex').toUpperCase(),
});

const aDecidedPayout = async (scene: Scene): Promise<Variables> => {
  const variables = await aLostPayout(scene);
  const body = { outcome: 'NOT_PAID', evidence: 'Statement of the bank, line 14' };
  await post(`/payments/admin/payout/${variables['PAYOUT_ID']}/decide`, body, scene.fleet.manager);
  return variables;
};

const aHeldPayout = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  PAYOUT_ID: (await aPayoutRow({ driverId: driver.id, fleetId: fleet.id }, 'HELD')).id,
});

export const payoutScenes: ScenesByRoute = {
  'GET /payments/admin/payouts/wallet': aTopupBySomebodyElse,
  'POST /payments/admin/payouts/wallet/topup': () =>
    Promise.resolve({ BANK_REFERENCE: randomBytes(8).toString('hex').toUpperCase() }),
  'POST /payments/admin/payouts/wallet/topup/:id/approve': aTopupBySomebodyElse,
  'POST /payments/admin/payout/:id/approval-code': aHeldPayout,
  'POST /payments/admin/payout/:id/decide': aLostPayout,
  'POST /payments/admin/payout/:id/decide/approve': aDecidedPayout,
};

/** Top-ups have no short id. */
export const payoutRecords = async () => {
  const { id } = await aTopup();
  return { walletTopup: { id, shortId: id } };
};
