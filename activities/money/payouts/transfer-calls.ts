import type { Db } from '../../../prisma/client.ts';
import type { Payout } from '../../../prisma/generated/client.ts';
import type { Sealer } from '../../../prisma/sealed.ts';
import type { TransferAnswer } from '../../../workflows/domain/money/payouts/payouts.ts';
import type { GatewayTransfer } from '../../partners/easebuzz/transfer-answers.ts';
import type { Transfers } from '../../partners/easebuzz/transfers.ts';

const told = (transfer: GatewayTransfer, { accountName }: Payout): TransferAnswer => ({
  ...{ kind: 'told', word: transfer.word, amountPaise: transfer.amountPaise, utr: transfer.utr },
  ...{ gatewayTransferId: transfer.gatewayTransferId, feePaise: transfer.feePaise, taxPaise: transfer.taxPaise },
  isQueued: transfer.queuedOnLowBalance,
  // An answer about a number does not know whose name not to repeat.
  reason: transfer.failureReason.replaceAll(accountName, '…'),
});

interface Deps {
  db: Db;
  sealer: Sealer;
  transfers: Transfers | null;
  /** Waits until a transfer may be sent. */
  pace: () => Promise<void>;
}

const stateOf = async (wire: Transfers, row: Payout): Promise<TransferAnswer> => {
  const state = await wire.transferState(row.number);
  if (state.kind === 'found') return told(state.transfer, row);
  return { kind: state.kind === 'notFound' ? 'notFound' : 'unknown' };
};

/**
 * Sends a payout under its number, without waiting for its turn. Safe to repeat: the gateway takes a number once, and what it says of
 * a number that it knows is taken over. Source: payouts.md, rules 2 and 3.
 */
export const transferSender =
  ({ sealer, transfers }: Pick<Deps, 'sealer' | 'transfers'>) =>
  async (row: Payout): Promise<TransferAnswer> => {
    if (!transfers) return { kind: 'notSent' };
    const number = sealer.open('bank-number', row.sealedAccountNumber, row.driverId ?? row.orderId!);
    const payee = row.ifscCode ? { account: { number, ifsc: row.ifscCode } } : { upi: number };
    const sent = await transfers.transfer({
      ...{ number: row.number, amountPaise: Number(row.amountPaise), mode: row.mode, narration: row.description },
      ...{ beneficiary: { name: row.accountName, ...payee }, udf1: row.shortId },
    });
    switch (sent.kind) {
      case 'taken':
        return told(sent.transfer, row);
      case 'duplicate':
        return stateOf(transfers, row);
      case 'refused':
      case 'notAllowed':
        return { kind: sent.kind, reason: sent.reason };
      case 'unavailable':
        return { kind: 'notSent' };
      case 'unknown':
        return { kind: 'unknown' };
    }
  };

/** The calls about transfers, which write nothing. */
export const transferCalls = ({ db, sealer, transfers, pace }: Deps) => {
  const send = transferSender({ sealer, transfers });
  return {
    /** Sends a payout when its turn has come. Safe to repeat. */
    async sendTransfer(payoutId: string): Promise<TransferAnswer> {
      const row = await db.payout.findUniqueOrThrow({ where: { id: payoutId } });
      if (transfers) await pace();
      return send(row);
    },

    /** Asks what became of a payout under the number of its attempt. Safe to repeat: it only reads. */
    async transferState(payoutId: string): Promise<TransferAnswer> {
      const row = await db.payout.findUniqueOrThrow({ where: { id: payoutId } });
      return transfers ? stateOf(transfers, row) : { kind: 'unknown' };
    },
  };
};

export type TransferCalls = ReturnType<typeof transferCalls>;
