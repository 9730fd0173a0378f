import { createHash, randomBytes } from 'node:crypto';
import examples from '../../../api/money/examples.json' with { type: 'json' };
import { depositPaid } from '../../../workflows/domain/money/journals/deposits.ts';
import { signedText } from '../../../workflows/domain/money/gateway-hashes.ts';
import { monthOf, previousMonth } from '../../../workflows/domain/money/ledger.ts';
import { txnid } from '../../../workflows/domain/money/txnids.ts';
import { rupees } from '../../../workflows/domain/money.ts';
import { istDay } from '../../../workflows/domain/time.ts';
import { post } from '../../world/api.ts';
import { posted } from '../../world/money/books.ts';
import { db } from '../../world/database.ts';
import { aUser } from '../../world/factories.ts';
import { world } from '../../world/world.ts';
import { aBookedDeposit, aHeldEvent, aTransaction } from './payments.ts';
import type { Cast, InputsByRoute, OfFleet, Scene, ScenesByRoute, Variables } from '../http/scenes.ts';

export const moneyInputs: InputsByRoute = {
  'POST /payments/admin/events/:id/resolve': () => ({ action: 'IGNORE', reason: 'Test payment' }),
  'POST /payments/admin/transactions/:id/refund': () => ({ amount: '100.00', reason: 'Paid twice' }),
  'POST /payments/deposit': () => ({ amount: '500.00' }),
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

const aMonthThatIsOver = () => Promise.resolve({ MONTH: previousMonth(monthOf(istDay(Date.now()))) });

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

export const moneyScenes: ScenesByRoute = {
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
export const moneyRecords = async ({ fleet, driver }: Cast) => {
  const transaction = await aBookedDeposit({ driverId: driver.id, fleetId: fleet.id });
  const { id } = await aHeldEvent({ driverId: driver.id, fleetId: fleet.id });
  return { transaction, gatewayEvent: { id, shortId: id } };
};

export const moneyState = async (ofFleet: OfFleet) => ({
  transactions: await db.transaction.findMany({ ...ofFleet, omit: { updatedAt: true } }),
  refunds: await db.refund.findMany({ ...ofFleet, omit: { updatedAt: true } }),
});
