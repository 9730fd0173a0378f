import { paise } from '../../../workflows/domain/money.ts';
import type { WalletRead } from '../../../workflows/domain/money/payouts/wallet.ts';
import { instant } from '../../../workflows/domain/time.ts';
import type { Transfers } from '../../partners/easebuzz/transfers.ts';

export const walletActivities = ({ transfers }: { transfers: Transfers | null }) => ({
  /** Asks the gateway what our wallet holds; null: it does not say. Safe to repeat: it only reads. */
  async readWallet(): Promise<WalletRead | null> {
    const wallet = await transfers?.walletBalance();
    return wallet?.kind === 'found' ? { balancePaise: paise(wallet.balancePaise), asOf: instant(Date.now()) } : null;
  },
});

export type WalletActivities = ReturnType<typeof walletActivities>;
