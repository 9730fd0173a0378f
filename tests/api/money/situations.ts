import { createHash, randomBytes } from 'node:crypto';
import examples from '../../../api/money/examples.json' with { type: 'json' };
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import { monthOf, previousMonth } from '../../../workflows/domain/money/ledger.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { dayMs, istDay } from '../../../workflows/domain/time.ts';
import { post } from '../../world/api.ts';
import { posted } from '../../world/money/books.ts';
import { aPenalty, penaltyRow } from '../../world/money/penalties.ts';
import { aPlan, grant } from '../../world/money/rentals.ts';
import { db } from '../../world/database.ts';
import { aUser } from '../../world/factories.ts';
import { world } from '../../world/world.ts';
import { aBookedDeposit, aDue, aHeldEvent, anIncentive, aTransaction } from './payments.ts';
import { dayInputs, dayRecords, dayScenes, dayState } from './day-situations.ts';
import { payoutInputs, payoutRecords, payoutScenes } from './payout-situations.ts';
import type { Cast, InputsByRoute, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

export const moneyInputs: InputsByRoute = {
  ...dayInputs,
  ...payoutInputs,
  'POST /payments/rental': () => ({}),
  'POST /payments/admin/rental-plans': () => ({
    ...{ name: `Weekly ${randomBytes(4).toString('hex')}`, rentalAmount: 3499, depositAmount: 0, validityDays: 7 },
  }),
  'PATCH /payments/admin/rental-plans/:id': () => ({ rentalAmount: 3599 }),
  'POST /payments/admin/rentals/grant': () => ({
    ...{ reason: 'Paid at the counter', paymentReference: randomBytes(8).toString('hex'), method: 'BANK_TRANSFER' },
  }),
  'POST /payments/admin/rentals/:id/cancel': () => ({ reason: 'Leaves the city', refund: 'PRORATA' }),
  'POST /payments/admin/rentals/:id/pause': () => ({ reason: 'Vehicle in the workshop' }),
  'POST /payments/admin/rentals/:id/resume': () => ({ reason: 'Vehicle is back' }),
  'POST /payments/admin/rentals/:id/extend': () => ({ hours: 24, reason: 'A day in the workshop' }),
  'POST /payments/admin/penalty': () => ({ type: 'MONETARY', amount: 500, reason: 'Late return' }),
  'POST /payments/admin/penalty/:id/waive': () => ({ waiverReason: 'First time' }),
  'POST /payments/admin/penalty/:id/lift': () => ({ reason: 'Heard' }),
  'POST /payments/admin/penalty/:id/review': () => ({ reviewNotes: 'Photos seen' }),
  'POST /payments/admin/events/:id/resolve': () => ({ action: 'IGNORE', reason: 'Test payment' }),
  'POST /payments/admin/transactions/:id/refund': () => ({ amount: '100.00', reason: 'Paid twice' }),
  'POST /payments/deposit': () => ({ amount: '500.00' }),
  'POST /payments/admin/incentive': () => ({ amount: '500.00', reason: 'Ten trips on a Sunday' }),
  'POST /payments/admin/dues/:id/write-off': () => ({ reason: 'The driver has left the fleet' }),
  'POST /payments/admin/ledger/journals': () => ({
    reason: 'Bank charge of November',
    entries: [
      { code: 5020, side: 'D', amount: '12.50' },
      { code: 1010, side: 'C', amount: 12.5 },
    ],
  }),
};

const aPaidDeposit = async ({ fleet, driver }: Scene): Promise<Variables> => {
  const of = { driverId: driver.id, fleetId: fleet.id, occurredAt: new Date().toISOString() };
  const { journalId } = await posted(depositPaid({ ...of, txnid: `TXN-${driver.id}`, amount: rupees(500) }));
  return { ID: journalId };
};

const aDepositAccount = async (scene: Scene): Promise<Variables> => {
  await aPaidDeposit(scene);
  const account = await db.ledgerAccount.findFirstOrThrow({ where: { code: 2010, ownerId: scene.driver.id } });
  return { ID: String(account.id) };
};

const aJournalBySomebodyElse = async (): Promise<Variables> => {
  const entries = [
    { code: 5020, side: 'D', amount: 12.5 },
    { code: 1010, side: 'C', amount: 12.5 },
  ];
  const author = await aUser('SUPER_ADMIN', null);
  const written = await post('/payments/admin/ledger/journals', { reason: 'Bank charge', entries }, author);
  return { ID: written.body.data.id };
};

/** Not the last one: at the beginning of a month other tests post into its days. */
const aMonthThatIsOver = () => Promise.resolve({ MONTH: previousMonth(previousMonth(monthOf(istDay(Date.now())))) });

const aFleetWithEmail = async ({ fleet }: Scene): Promise<Variables> => {
  await db.fleet.update({ where: { id: fleet.id }, data: { email: 'accounts@bluefleet.example' } });
  return {};
};

/** The event of the example about another payment, signed as the gateway signs it. */
const aSignedEvent = (): Promise<Variables> => {
  const { EASEBUZZ_MERCHANT_KEY: key, EASEBUZZ_SALT_KEY: salt } = world.apiEnvironment;
  const fields = {
    ...examples['POST /webhooks/easebuzz/payment'].body,
    key,
    salt,
    txnid: txnid('DEPOSIT', randomBytes(20)),
  };
  const hash = createHash('sha512').update(signedText('payment', fields)).digest('hex');
  return Promise.resolve({ MERCHANT_KEY: key!, TXN_ID: fields.txnid, HASH: hash });
};

const aTransactionOf = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  ID: (await aTransaction({ driverId: driver.id, fleetId: fleet.id })).id,
});

const aRefundable = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  TRANSACTION_ID: (await aBookedDeposit({ driverId: driver.id, fleetId: fleet.id })).id,
});

const aNumberOf =
  (status: 'SUCCESS' | 'FAILED') =>
  async ({ fleet, driver }: Scene): Promise<Variables> => ({
    TXNID: (await aTransaction({ driverId: driver.id, fleetId: fleet.id }, { status })).easebuzzTxnId!,
  });

const anEventOf = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  GATEWAYEVENT_ID: (await aHeldEvent({ driverId: driver.id, fleetId: fleet.id })).id,
});

const aPenaltyOf =
  (more: object = {}) =>
  async ({ fleet, driver }: Scene): Promise<Variables> => ({
    PENALTY_ID: await aPenalty(driver, fleet.manager, { reason: 'Late return', ...more }),
  });

const aSuspension = aPenaltyOf({
  ...{ type: 'SUSPENSION', suspensionStartDate: new Date().toISOString() },
  suspensionEndDate: new Date(Date.now() + 3 * dayMs).toISOString(),
});

const anOwnPenalty = async (scene: Scene): Promise<Variables> => {
  await aFleetWithEmail(scene);
  return aPenaltyOf()(scene);
};

const anIncentiveOf = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  INCENTIVE_ID: (await anIncentive({ driverId: driver.id, fleetId: fleet.id })).id,
});

const aDueOf = async ({ fleet, driver }: Scene): Promise<Variables> => ({
  ID: String((await aDue({ driverId: driver.id, fleetId: fleet.id })).id),
});

const aWriteOffBySomebodyElse = async (scene: Scene): Promise<Variables> => {
  const { ID } = await aDueOf(scene);
  await post(`/payments/admin/dues/${ID}/write-off`, { reason: 'The driver has left the fleet' }, scene.fleet.manager);
  return { ID: ID! };
};

const aPlanOf = async ({ fleet }: Scene): Promise<Variables> => ({ RENTALPLAN_ID: await aPlan(fleet) });

const aRentalOf =
  (prepare: (rentalId: string, fleet: Scene['fleet']) => Promise<unknown> = () => Promise.resolve()) =>
  async ({ fleet, driver }: Scene): Promise<Variables> => {
    const { body } = await grant(fleet, driver.id, await aPlan(fleet));
    await prepare(body.data.id as string, fleet);
    return { RENTAL_ID: body.data.id };
  };

const aPausedRental = aRentalOf((id, fleet) =>
  post(`/payments/admin/rentals/${id}/pause`, { reason: 'Vehicle in the workshop' }, fleet.manager),
);

export const moneyScenes: ScenesByRoute = {
  ...dayScenes,
  ...payoutScenes,
  'POST /payments/rental': async (scene) => ({ ...(await aFleetWithEmail(scene)), ...(await aPlanOf(scene)) }),
  'GET /payments/rental/plans': aPlanOf,
  'GET /payments/rental/history': aRentalOf(),
  'GET /drivers/:id/active-plan': aRentalOf(),
  'GET /drivers/:id/plan-history': aRentalOf(),
  'GET /payments/rental/forecast': aRentalOf(),
  'GET /payments/admin/rental-plans/:fleetId': aPlanOf,
  'PATCH /payments/admin/rental-plans/:id': aPlanOf,
  'DELETE /payments/admin/rental-plans/:id': aPlanOf,
  'GET /payments/admin/rentals': aRentalOf(),
  'GET /payments/admin/rentals/:id/forecast': aRentalOf(),
  'POST /payments/admin/rentals/grant': aPlanOf,
  'POST /payments/admin/rentals/:id/cancel': aRentalOf(),
  'POST /payments/admin/rentals/:id/pause': aRentalOf(),
  'POST /payments/admin/rentals/:id/resume': aPausedRental,
  'POST /payments/admin/rentals/:id/extend': aRentalOf(),
  'POST /payments/admin/rentals/:id/nudge': aRentalOf(),
  'POST /payments/admin/penalty/:id/waive': aPenaltyOf(),
  'POST /payments/admin/penalty/:id/lift': aSuspension,
  'POST /payments/admin/penalty/:id/review': aPenaltyOf(),
  'POST /payments/admin/penalty/:id/nudge': aSuspension,
  'GET /payments/admin/penalty/:id': aPenaltyOf(),
  'GET /payments/admin/penalties': aPenaltyOf(),
  'GET /payments/penalties': aPenaltyOf(),
  'POST /payments/penalties/:id/pay': anOwnPenalty,
  'POST /payments/deposit': aFleetWithEmail,
  'POST /webhooks/easebuzz/payment': aSignedEvent,
  'GET /payments/balance': aPaidDeposit,
  'GET /payments/transactions': aTransactionOf,
  'GET /payments/transactions/:id': aTransactionOf,
  'GET /payments/admin/transactions': aTransactionOf,
  'GET /payments/admin/deposits/:driverId': aPaidDeposit,
  'POST /payments/admin/transactions/:id/refund': aRefundable,
  'GET /payments/admin/events': anEventOf,
  'POST /payments/admin/events/:id/resolve': anEventOf,
  'GET /payments/incentives': anIncentiveOf,
  'GET /payments/earnings/weekly': anIncentiveOf,
  'GET /payments/earnings/monthly': anIncentiveOf,
  'GET /payments/admin/incentives': anIncentiveOf,
  'POST /payments/admin/incentive/:id/cancel': anIncentiveOf,
  'GET /payments/admin/dues': aDueOf,
  'POST /payments/admin/dues/:id/write-off': aDueOf,
  'POST /payments/admin/dues/:id/write-off/approve': aWriteOffBySomebodyElse,
  'GET /webhooks/payment/success': aNumberOf('SUCCESS'),
  'POST /webhooks/payment/success': aNumberOf('SUCCESS'),
  'GET /webhooks/payment/failure': aNumberOf('FAILED'),
  'POST /webhooks/payment/failure': aNumberOf('FAILED'),
  'GET /payments/admin/ledger/accounts': aPaidDeposit,
  'GET /payments/admin/ledger/accounts/:id/entries': aDepositAccount,
  'GET /payments/admin/ledger/journals/:id': aPaidDeposit,
  'GET /payments/admin/ledger/trial-balance': aPaidDeposit,
  'POST /payments/admin/ledger/journals/:id/approve': aJournalBySomebodyElse,
  'POST /payments/admin/ledger/months/:month/close': aMonthThatIsOver,
};

/** Events of the gateway have no short id. */
export const moneyRecords = async (cast: Cast) => {
  const { fleet, driver } = cast;
  const transaction = await aBookedDeposit({ driverId: driver.id, fleetId: fleet.id });
  const incentive = await anIncentive({ driverId: driver.id, fleetId: fleet.id });
  const { id } = await aHeldEvent({ driverId: driver.id, fleetId: fleet.id });
  const manager = await aUser('MANAGER', fleet.id);
  const planId = await aPlan({ ...fleet, manager });
  const rented = await grant({ ...fleet, manager }, driver.id, planId);
  const rentalPlan = await db.rentalPlan.findUniqueOrThrow({ where: { id: planId } });
  const rental = await db.rental.findUniqueOrThrow({ where: { id: rented.body.data.id as string } });
  const penalty = await penaltyRow(await aPenalty(driver, await aUser('MANAGER', fleet.id), { type: 'WARNING' }));
  const day = await dayRecords(cast);
  return {
    ...day,
    ...(await payoutRecords()),
    transaction,
    penalty,
    incentive,
    rentalPlan,
    rental,
    gatewayEvent: { id, shortId: id },
  };
};

/** The schedule begins what waits, and then it gets its link. */
const gotByItself = { accessKey: true, paymentUrl: true, expiresAt: true, version: true } as const;

export const moneyState = async (ofFleet: OfFleet) => ({
  ...(await dayState(ofFleet)),
  transactions: await db.transaction.findMany({ ...ofFleet, omit: { ...gotByItself, updatedAt: true, begunAt: true } }),
  penalties: await db.penalty.findMany(ofFleet),
  rentalPlans: await db.rentalPlan.findMany(ofFleet),
  rentals: await db.rental.findMany(ofFleet),
  incentives: await db.incentive.findMany(ofFleet),
  refunds: await db.refund.findMany({ ...ofFleet, omit: { updatedAt: true } }),
});
