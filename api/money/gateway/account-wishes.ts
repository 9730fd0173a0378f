import type { VirtualAccount } from '../../../prisma/generated/client.ts';
import type { Actor } from '../../../workflows/domain/commands.ts';
import { virtualAccountFacts } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import type { AccountAnswer } from '../../../workflows/domain/money/collections/virtual-accounts.ts';
import { refusal, refusalIn } from '../../../workflows/domain/refusals.ts';
import type { RefusalKey } from '../../../workflows/domain/refusals.ts';
import { wantAccount } from '../../../workflows/money/virtual-accounts.ts';
import { virtualAccountProcess } from '../../../workflows/processes.ts';
import type { Base } from '../../http/endpoint.ts';
import { linkDeadlineMs } from './checkouts.ts';

/** What an endpoint may refuse that waits for an account. */
export const accountRefusals: RefusalKey[] = ['ACCOUNT_REJECTED', 'ACCOUNT_UNAVAILABLE', 'ACCOUNT_TIMEOUT'];

/**
 * Says what is wanted of an account and waits for the gateway, up to eight seconds; its process goes on asking. Returns the row as it
 * is then. Throws ACCOUNT_REJECTED, ACCOUNT_UNAVAILABLE, ACCOUNT_TIMEOUT. Source: payments.md, Paths, aliases, envelope 5.
 */
export const settled = async (
  { db, services, requestId, commandId, actor }: Base & { actor: Actor },
  account: VirtualAccount,
  isWanted: boolean | null,
): Promise<VirtualAccount> => {
  const { id, orderId } = account;
  const process = virtualAccountProcess(virtualAccountFacts(account));
  const answer = await services.temporal
    .ask(
      process,
      wantAccount,
      [{ id, isWanted, by: actor }],
      commandId(wantAccount, process.workflowId),
      requestId,
      linkDeadlineMs,
    )
    .catch((error: unknown): AccountAnswer => {
      if (refusalIn(error)?.key === 'SERVICE_UNAVAILABLE') return 'UNKNOWN';
      throw error;
    });
  const of = orderId ? { orderId } : { virtualQrId: id };
  if (answer === 'REFUSED') throw refusal('ACCOUNT_REJECTED', of);
  if (answer === 'UNAVAILABLE') throw refusal('ACCOUNT_UNAVAILABLE', of);
  if (answer === 'UNKNOWN') throw refusal('ACCOUNT_TIMEOUT', of);
  return db.virtualAccount.findUniqueOrThrow({ where: { id } });
};

/** Says what is wanted of an account behind the answer; the gateway is asked again for one that it has refused. */
export const wantBehind = (
  { tell, commandId, actor: by }: Base & { actor: Actor },
  account: VirtualAccount,
  isWanted: boolean | null,
): void => {
  const process = virtualAccountProcess(virtualAccountFacts(account));
  tell(process, wantAccount, { id: account.id, isWanted, by }, commandId(wantAccount, process.workflowId));
};
