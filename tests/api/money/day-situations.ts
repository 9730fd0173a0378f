import { createHash, randomBytes, randomUUID } from 'node:crypto';
import examples from '../../../api/money/examples.json' with { type: 'json' };
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import { post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import {
  aCollectionRow,
  aCollectionWithCash,
  anAccountRow,
  anOrderRow,
  aReceiptRow,
} from '../../world/money/collection-rows.ts';
import { aBatchRow } from '../../world/money/bulk-payouts.ts';
import { pay, untilCredit } from '../../world/money/collections.ts';
import { anOrder } from '../../world/money/credits.ts';
import { payDeposit } from '../../world/money/penalties.ts';
import { aPayoutRow, withBank } from '../../world/money/payouts.ts';
import { world } from '../../world/world.ts';
import { anIncentive } from './payments.ts';
import type { Cast, InputsByRoute, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

// What the tests of every route need of the day's money: see `situations.ts`.

export const dayInputs: InputsByRoute = {
  'POST /payments/admin/collection/:id/reconcile': () => ({ expectedRevenue: 500 }),
  'POST /payments/admin/collection/:id/cash': () => ({ countedCash: 200 }),
  'POST /payments/admin/collection/:id/adjust': () => ({ amount: '-10.00', reason: 'Toll paid by the driver' }),
  'POST /payments/admin/collection/:id/dispute': () => ({ reason: 'The driver names another sum' }),
  'POST /payments/admin/collection/:id/reopen': () => ({ reason: 'A receipt was found' }),
  'POST /payments/admin/unattributed/:id/assign': () => ({ date: istDay(Date.now()) }),
  'POST /payments/admin/cash/hub/:hubId/banking': () => ({ amount: 150, slipNumber: randomBytes(6).toString('hex') }),
  'POST /payments/admin/bulk-payout': () => ({ payouts: [{ phone: '9876543210', amount: 1500 }], wait: 0 }),
  'POST /payments/admin/drivers/:id/payout-hold': () => ({ hold: true, reason: 'Account is being checked' }),
  'POST /payments/admin/payouts/process': () => ({ collectionIds: [randomUUID()] }),
  'POST /payments/admin/deposits/:driverId/refund': () => ({ reason: 'The driver leaves the fleet' }),
  'POST /payments/orders/:id/refund': () => ({ amount: '300.00', reason: 'Paid too much' }),
  'POST /payments/orders': () => ({ customerName: 'Priya', customerPhone: '9812345678', amount: '875.00' }),
};

const ofScene = ({ fleet, driver }: Scene) => ({ driverId: driver.id, fleetId: fleet.id });

const aDayOf = async (scene: Scene): Promise<Variables> => ({
  COLLECTION_ID: (await aCollectionRow(ofScene(scene))).id,
});

const aDayToBeCounted = async (scene: Scene): Promise<Variables> => {
  const { hubId } = scene.fleet;
  const { collectionId, attendanceId } = await aCollectionWithCash({ ...ofScene(scene), hubId });
  return { COLLECTION_ID: collectionId, SHIFT_ID: attendanceId };
};

const aReconciledDay = async (scene: Scene): Promise<Variables> => {
  const { COLLECTION_ID } = await aDayOf(scene);
  await post(`/payments/admin/collection/${COLLECTION_ID}/reconcile`, {}, scene.fleet.manager);
  return { COLLECTION_ID: COLLECTION_ID! };
};

const aCountedDay = async (scene: Scene): Promise<Variables> => {
  const { COLLECTION_ID, SHIFT_ID } = await aDayToBeCounted(scene);
  const body = { attendanceId: SHIFT_ID, countedCash: 200 };
  await post(`/payments/admin/collection/${COLLECTION_ID}/cash`, body, scene.fleet.manager);
  return { SLIP_NUMBER: randomBytes(6).toString('hex') };
};

const aReceiptOf = async ({ fleet }: Scene): Promise<Variables> => ({
  UNATTRIBUTEDRECEIPT_ID: (await aReceiptRow(fleet.id)).id,
  DAY: istDay(Date.now()),
});

const aQrOf = async ({ fleet, driver }: Scene): Promise<Variables> => {
  await anAccountRow(driver.vehicleId!, fleet.id);
  return {};
};

/** The gateway has made it, so that it can be switched. */
const aQrAtTheGateway = async ({ fleet, driver }: Scene): Promise<Variables> => {
  await post(`/payments/admin/vehicle/${driver.vehicleId}/qr`, {}, fleet.manager);
  return {};
};

const anOrderOf = async ({ fleet }: Scene): Promise<Variables> => ({
  ORDER_ID: (await anOrderRow({ fleetId: fleet.id, hubId: fleet.hubId, userId: fleet.manager.id })).id,
});

/** Paid from the handle of one payer, 300.00 more than it asks for. */
const anOverpaidOrder = async ({ fleet }: Scene): Promise<Variables> => {
  const { id, virtualAccountId } = await anOrder(fleet.manager, 875);
  await untilCredit((await pay(virtualAccountId, 1175)).id, 'ORDERED');
  return { ORDER_ID: id };
};

const aPayoutOf = async (scene: Scene): Promise<Variables> => ({ PAYOUT_ID: (await aPayoutRow(ofScene(scene))).id });

const aHeldPayout = async (scene: Scene): Promise<Variables> => ({
  PAYOUT_ID: (await aPayoutRow(ofScene(scene), 'HELD')).id,
});

const aPayableDay = async (scene: Scene): Promise<Variables> => {
  await withBank(scene.driver.id);
  return aReconciledDay(scene);
};

const aFullDeposit = async (scene: Scene): Promise<Variables> => {
  await withBank(scene.driver.id);
  await payDeposit(scene.driver.id, scene.fleet.id, 500_000);
  return {};
};

const aPayableIncentive = async (scene: Scene): Promise<Variables> => {
  await withBank(scene.driver.id);
  return { INCENTIVE_ID: (await anIncentive(ofScene(scene))).id };
};

/** One that failed, and can be sent again. */
const aFailedPayout = async (scene: Scene): Promise<Variables> => {
  await withBank(scene.driver.id);
  return { PAYOUT_ID: (await aPayoutRow(ofScene(scene), 'FAILED')).id };
};

const aPayeeOf = async ({ driver }: Scene): Promise<Variables> => {
  await withBank(driver.id);
  return {};
};

/** A file that somebody of the fleet has uploaded. */
const aBatchOf =
  (status?: Parameters<typeof aBatchRow>[2]) =>
  async (scene: Scene): Promise<Variables> => {
    await withBank(scene.driver.id);
    return { BULKPAYOUT_ID: (await aBatchRow(ofScene(scene), scene.fleet.manager.id, status)).id };
  };

/** The transfer of the example with another number, signed as the gateway signs it. */
const aSignedTransfer = (): Promise<Variables> => {
  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt } = world.apiEnvironment;
  const { data } = examples['POST /webhooks/easebuzz/payout'].body;
  const number = randomBytes(16).toString('hex');
  const { beneficiary_account_number, beneficiary_account_ifsc, unique_transaction_reference, status } = data;
  const signed = {
    ...{ key: key!, salt: salt!, beneficiary_account_number, beneficiary_account_ifsc, beneficiary_upi_handle: '' },
    ...{ unique_request_number: number, amount: String(data.amount), unique_transaction_reference, status },
  };
  const hash = createHash('sha512').update(signedText('transfer', signed)).digest('hex');
  return Promise.resolve({ REQUEST_NUMBER: number, AUTHORIZATION: hash });
};

/** The credit of the example with another number, signed as the gateway signs it. */
const aSignedCredit = (): Promise<Variables> => {
  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt } = world.apiEnvironment;
  const { amount, status } = examples['POST /webhooks/easebuzz/virtual-account'].body.data;
  const utr = randomBytes(6).toString('hex');
  const signed = { key: key!, salt: salt!, unique_transaction_reference: utr, amount: String(amount), status };
  const hash = createHash('sha512').update(signedText('credit', signed)).digest('hex');
  return Promise.resolve({ CREDIT_ID: `C${utr}`, UTR: utr, AUTHORIZATION: hash });
};

export const dayScenes: ScenesByRoute = {
  'GET /payments/collections': aDayOf,
  'GET /payments/admin/reconciliations/pending': aDayOf,
  'GET /payments/admin/collections': aDayOf,
  'GET /payments/admin/collection/:id': aDayToBeCounted,
  'POST /payments/admin/collection/:id/reconcile': aDayOf,
  'POST /payments/admin/collection/:id/cash': aDayToBeCounted,
  'POST /payments/admin/collection/:id/adjust': aDayOf,
  'POST /payments/admin/collection/:id/dispute': aDayOf,
  'POST /payments/admin/collection/:id/reopen': aReconciledDay,
  'POST /payments/admin/collection/:id/nudge': aDayOf,
  'GET /payments/admin/unattributed': aReceiptOf,
  'POST /payments/admin/unattributed/:id/assign': aReceiptOf,
  'GET /payments/admin/cash/hub/:hubId': aCountedDay,
  'POST /payments/admin/cash/hub/:hubId/banking': aCountedDay,
  'GET /payments/admin/vehicle/:id/qr': aQrOf,
  'POST /payments/admin/vehicle/:id/qr/activate': aQrAtTheGateway,
  'POST /payments/admin/vehicle/:id/qr/deactivate': aQrAtTheGateway,
  'GET /payments/admin/vehicle/:id/qr/transactions': aQrOf,
  'GET /payments/orders': anOrderOf,
  'GET /payments/orders/:id': anOrderOf,
  'POST /payments/orders/:id/cancel': anOrderOf,
  'POST /payments/orders/:id/nudge': anOrderOf,
  'POST /payments/orders/:id/refund': anOverpaidOrder,
  'GET /payments/admin/payouts/pending': aPayableDay,
  'POST /payments/admin/collection/:id/payout': aPayableDay,
  'POST /payments/admin/incentive/:id/payout': aPayableIncentive,
  'POST /payments/admin/payouts/process': aPayableDay,
  'POST /payments/admin/deposits/:driverId/refund': aFullDeposit,
  'GET /payments/admin/payouts': aPayoutOf,
  'GET /payments/admin/payout/:id': aPayoutOf,
  'POST /payments/admin/bulk-payout': aPayeeOf,
  'GET /payments/admin/bulk-payouts': aBatchOf(),
  'GET /payments/admin/bulk-payout/:id': aBatchOf(),
  'GET /payments/admin/bulk-payout/:id/report': aBatchOf(),
  'POST /payments/admin/bulk-payout/:id/approve': aBatchOf(),
  'POST /payments/admin/bulk-payout/:id/approval-code': aBatchOf(),
  'POST /payments/admin/bulk-payout/:id/pause': aBatchOf('PROCESSING'),
  'POST /payments/admin/bulk-payout/:id/resume': aBatchOf('PAUSED'),
  'POST /payments/admin/bulk-payout/:id/cancel': aBatchOf(),
  'POST /payments/admin/bulk-payout/:id/retry-failed': aBatchOf('COMPLETED_WITH_ERRORS'),
  'POST /payments/admin/payout/:id/approve': aHeldPayout,
  'POST /payments/admin/payout/:id/cancel': aHeldPayout,
  'POST /payments/admin/payout/:id/retry': aFailedPayout,
  'POST /payments/admin/payout/:id/refresh': aPayoutOf,
  'POST /webhooks/easebuzz/virtual-account': aSignedCredit,
  'POST /webhooks/easebuzz/payout': aSignedTransfer,
};

/** Receipts have no short id. */
export const dayRecords = async ({ fleet, driver, userId }: Cast) => {
  const { id } = await aReceiptRow(fleet.id);
  const collection = await aCollectionRow({ driverId: driver.id, fleetId: fleet.id });
  const order = await anOrderRow({ fleetId: fleet.id, hubId: fleet.hubId, userId });
  const of = { driverId: driver.id, fleetId: fleet.id };
  const payout = await aPayoutRow(of);
  const bulkPayout = await aBatchRow(of, userId);
  return { collection, order, payout, bulkPayout, unattributedReceipt: { id, shortId: id } };
};

export const dayState = async (ofFleet: OfFleet) => ({
  collections: await db.dailyCollection.findMany({ ...ofFleet, omit: { updatedAt: true } }),
  orders: await db.paymentOrder.findMany({ ...ofFleet, omit: { updatedAt: true } }),
  accounts: await db.virtualAccount.findMany({ ...ofFleet, omit: { updatedAt: true } }),
  receipts: await db.virtualCredit.findMany({ ...ofFleet, omit: { updatedAt: true } }),
  batches: await db.bulkPayout.findMany({ ...ofFleet, omit: { updatedAt: true } }),
  payouts: await db.payout.findMany({ ...ofFleet, omit: { updatedAt: true } }),
  bankings: await db.hubBanking.findMany(ofFleet),
});
