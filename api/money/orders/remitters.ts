import type { Tx } from '../../../prisma/client.ts';
import type { VirtualCredit } from '../../../prisma/generated/client.ts';
import type { Payee } from '../../../prisma/payouts/attempt-columns.ts';
import { lastFour } from '../../../prisma/sealed.ts';
import { requireBankDetails } from '../../../workflows/domain/money/payouts/payouts.ts';
import { refusalIn } from '../../../workflows/domain/refusals.ts';
import type { Services } from '../../services.ts';
import { gatewaySecrets, readGatewayEvent } from '../../partners/gateway-events.ts';

/** What a bank or a UPI app takes as a handle. */
const handlePattern = /^[\w.-]{2,256}@[A-Za-z]{2,64}$/;

type Fields = Readonly<Record<string, string>>;

/** What the gateway told of a credit, as it was signed; null when that is not kept any more, or the credit was only listed. */
const toldOf = async (tx: Tx, { env, sealer }: Services, { id }: VirtualCredit): Promise<Fields | null> => {
  const secrets = gatewaySecrets(env);
  const event = await tx.gatewayEvent.findFirst({
    where: { subjectId: id, source: 'VA', sealedBody: { not: null } },
    orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
  });
  if (!event || !secrets) return null;
  const body = sealer.open('gateway-body', event.sealedBody!, event.id);
  const contentType = (event.headers as { 'content-type'?: string } | null)?.['content-type'] ?? '';
  const told = readGatewayEvent(Buffer.from(body), contentType, secrets);
  return 'fault' in told ? null : told.fields;
};

/** A complete bank account that was told; null: none was. */
const bankOf = (fields: Fields, accountName: string) => {
  const { remitter_account_number: accountNumber = null, remitter_account_ifsc: ifscCode = null } = fields;
  try {
    return requireBankDetails({ accountNumber, ifscCode: ifscCode?.toUpperCase() ?? null, accountName });
  } catch (error) {
    if (!refusalIn(error)) throw error;
    return null;
  }
};

const maskedHandle = (handle: string): string => {
  const [name = '', bank] = handle.split('@');
  return `${lastFour(name)}@${bank}`;
};

/**
 * The account, or else the UPI handle, that a credit to an order came from, sealed for the order; or what is missing. The gateway does
 * not sign who paid, so that nobody knows since when the account stands.
 */
export const payerOf = async (
  tx: Tx,
  services: Services,
  credit: VirtualCredit,
  order: { id: string; customerName: string },
): Promise<Payee | { missing: 'EVENT' | 'ACCOUNT' }> => {
  const fields = await toldOf(tx, services, credit);
  if (!fields) return { missing: 'EVENT' };
  const accountName = fields['remitter_full_name']?.trim() || order.customerName;
  const bank = bankOf(fields, accountName);
  const handle = fields['remitter_upi_handle']?.trim() ?? '';
  if (!bank && !handlePattern.test(handle)) return { missing: 'ACCOUNT' };
  const [clear, masked] = bank ? [bank.accountNumber, lastFour(bank.accountNumber)] : [handle, maskedHandle(handle)];
  const sealedAccountNumber = services.sealer.seal('bank-number', clear, order.id);
  const account = { accountName, ifscCode: bank?.ifscCode ?? null, sealedAccountNumber, maskedAccountNumber: masked };
  return { account, bankChangedAt: null, preferRtgs: false };
};
