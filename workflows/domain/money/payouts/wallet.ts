import type { Paise } from '../../money.ts';
import type { Instant } from '../../time.ts';

/** What our wallet at the gateway held at a moment. */
export interface WalletRead {
  balancePaise: Paise;
  asOf: Instant;
}

/** Whether money has to be moved into the wallet; null: nobody knows what it holds. */
export const isLow = (read: WalletRead | null, threshold: Paise): boolean | null =>
  read && read.balancePaise < threshold;
