import { startEasebuzz } from '../../../local/partners/easebuzz/easebuzz.ts';
import type { Credit } from '../../../local/partners/easebuzz/accounts.ts';
import type { LogEntry } from '../../../local/partners/easebuzz/books.ts';
import type { CreditWanted } from '../../../local/partners/easebuzz/credits.ts';
import type { WireKeys } from '../../../local/partners/easebuzz/hashes.ts';
import type { Scenario } from '../../../local/partners/easebuzz/scenarios.ts';
import type {
  ListedTransfer,
  LowBalanceWanted,
  TransferTurned,
} from '../../../local/partners/easebuzz/transfer-control.ts';
import { until } from '../until.ts';

const post = async (url: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return response.json();
};

/** The controls of a gateway simulator, by its address. */
export const gatewayAt = (url: string) => {
  const log = async (): Promise<LogEntry[]> => (await (await fetch(`${url}/_fake/log`)).json()) as LogEntry[];
  const entries = async (kind: LogEntry['kind'], text: string) =>
    (await log()).filter((entry) => entry.kind === kind && JSON.stringify(entry).includes(text));
  return {
    url,
    log,
    /** What it was asked, has answered, or has sent, with this text in it. */
    entries,
    /** How the next calls or events with `match` go. */
    scenario: (scenario: Partial<Scenario>) => post(`${url}/_fake/scenario`, scenario),
    event: (event: { txnid: string; word: string; amount?: string }) => post(`${url}/_fake/events`, event),
    /** Gives a refund another state, and hints at it. */
    refund: (refund: { merchantRefundId: string; word: string }) => post(`${url}/_fake/refunds`, refund),
    /** Books a credit to a virtual account and sends its event, or sends another status of a known one. */
    credit: async (credit: CreditWanted) => (await post(`${url}/_fake/credits`, credit)) as Credit,
    /** Gives a transfer another state and sends its event. */
    transfer: async (transfer: TransferTurned) => (await post(`${url}/_fake/transfers`, transfer)) as ListedTransfer,
    /** The transfers that were taken; one with `paidAt` was paid by the bank. */
    transfers: async () => (await (await fetch(`${url}/_fake/transfers`)).json()) as ListedTransfer[],
    /** Sets the Wire balance; what is queued goes on as far as it suffices. */
    wallet: (balance: number) => post(`${url}/_fake/wallet`, { balance }),
    /** Says that the wallet runs low: to the API on `port`, or to whoever made the last transfer. */
    lowBalance: (wanted: LowBalanceWanted = {}) => post(`${url}/_fake/low-balance`, wanted),
    settle: () => post(`${url}/_fake/settle`, {}),
    settings: (settings: { webhookUrl: string }) => post(`${url}/_fake/settings`, settings),
    /** What a payer clicks on the checkout page; answers the page that follows. */
    click: async (paymentUrl: string, choice: string, more: Record<string, string> = {}): Promise<string> => {
      const response = await fetch(paymentUrl, { method: 'POST', body: new URLSearchParams({ choice, ...more }) });
      return response.text();
    },
    sent: (text: string, count: number) =>
      until(async () => {
        const found = await entries('sent', text);
        return found.length >= count && found;
      }, `${count} events with ${text}`),
  };
};

/** A gateway of one's own, whose circuits and books no other test touches. */
export const startGateway = async (pair: { key: string; salt: string }, wire?: WireKeys) => {
  const { url, stop } = await startEasebuzz({ port: 0 }, pair, undefined, wire);
  return { ...gatewayAt(url), stop };
};
