import type { Logger } from 'pino';
import { amountLiteral } from '../../../workflows/domain/money/gateway-amounts.ts';
import { jsonRequest, notFoundOrUnknown, numberLiteral, refusedOrDuplicate, withoutPersons } from './asking.ts';
import type { Duplicate, Fields, Refused, Unavailable, Unknown } from './asking.ts';
import { beneficiaryNameOf, narrationOf, phoneOf, udfOf } from './sanitise.ts';
import { OneTransfer, Wallet } from './transfer-answers.ts';
import type { GatewayTransfer } from './transfer-answers.ts';
import { wireAsker, wireSigning } from './wire.ts';
import type { WireConfig } from './wire.ts';

export interface TransfersConfig extends WireConfig {
  /** The virtual account that transfers are paid from; without it nobody can ask for its balance. */
  walletAccount?: string;
}

/** Who is paid: a bank account, or a UPI handle. */
export type Beneficiary = { name: string; account: { number: string; ifsc: string } } | { name: string; upi: string };

/** A transfer to be made. `number` is what keeps it from being paid twice: the gateway takes each number once. */
export interface TransferWanted {
  number: string;
  amountPaise: number;
  mode: 'IMPS' | 'NEFT' | 'RTGS' | 'UPI';
  beneficiary: Beneficiary;
  narration: string;
  email?: string;
  phone?: string;
  udf1?: string;
}

/** The gateway does not take our credentials or our address: nothing has happened, and no other transfer would be taken either. */
export type NotAllowed = { kind: 'notAllowed'; reason: string };

/** Taken is no proof of payment: the word of the transfer says how far it is. */
export type TransferSent =
  { kind: 'taken'; transfer: GatewayTransfer } | Refused | Duplicate | NotAllowed | Unknown | Unavailable;

export type TransferState = { kind: 'found'; transfer: GatewayTransfer } | { kind: 'notFound' } | Unknown | Unavailable;

export type WalletBalance = { kind: 'found'; balancePaise: number } | Unknown | Unavailable;

const isOk = (status: number) => status >= 200 && status < 300;

/** Source: easebuzz.md 4.1. */
const notAllowedStates = [401, 403];
const notAllowedWords = [
  ...[/\bip\b|whitelist/i, /unauthori[sz]ed|authori[sz]ation|authentication|credential/i, /(?:api|merchant)[- ]key/i],
  /merchant (?:not found|does not exist|is (?:not |in)active)/i,
];
const saysNotAllowed = (text: string) => notAllowedWords.some((words) => words.test(text));

const unknown = (status: number, text: string, ...persons: string[]): Unknown => ({
  ...{ kind: 'unknown', reason: `HTTP ${status}: ${withoutPersons(text, ...persons)}` },
});

/** A duplicate comes first: whatever else such an answer says, there may be a transfer. Source: easebuzz.md 4.1. */
const refusalOf = (status: number, text: string, persons: string[]): Refused | Duplicate | NotAllowed | Unknown => {
  if (notAllowedStates.includes(status))
    return { kind: 'notAllowed', reason: withoutPersons(text, ...persons) || `HTTP ${status}` };
  if (!isOk(status)) return unknown(status, text, ...persons);
  const answered = refusedOrDuplicate(text, ...persons);
  return answered.kind === 'refused' && saysNotAllowed(text)
    ? { kind: 'notAllowed', reason: answered.reason }
    : answered;
};

/** What is said of a transfer; the reason of its failure may name the beneficiary. */
const told = (transfer: GatewayTransfer, ...persons: string[]): GatewayTransfer => ({
  ...transfer,
  failureReason: withoutPersons(transfer.failureReason, ...persons),
});

const aboutAnother = 'the answer is about another transfer';

/** The fields of a beneficiary: those that are signed, and those that say what they mean. Source: easebuzz.md 4.1. */
const fieldsOf = (beneficiary: Beneficiary): { type: string; signed: Fields } =>
  'upi' in beneficiary
    ? { type: 'upi', signed: { upi_handle: beneficiary.upi } }
    : {
        type: 'bank_account',
        signed: { account_number: beneficiary.account.number, ifsc: beneficiary.account.ifsc, upi_handle: '' },
      };

/**
 * The calls of transfers, translated into our words; it decides nothing. Every call has a time limit and one of few outcomes, and
 * never throws. `ask` is shared with the other products of Wire. Source: easebuzz.md 4 and Rules.
 */
export const transfers = (config: TransfersConfig, log: Logger, ask = wireAsker(log, config.pace)) => {
  const { key, wireBaseUrl, walletAccount } = config;
  const { hash, headers, get, query } = wireSigning(config);

  /** Asks by one form of the address. Source: easebuzz.md 4.2. */
  const retrieve = (number: string, path: string) => {
    const options = { name: 'transfer state', number, shape: OneTransfer, refusals: [404] };
    const authorization = hash('retrieveTransfer', { unique_request_number: number });
    return ask(options, `${wireBaseUrl}/api/v1/transfers/${path}`, get(authorization));
  };

  return {
    /**
     * Pays out. Sent once whatever happens: with an unknown outcome or a duplicate ask `transferState`, and only then repeat with the
     * same number. Source: easebuzz.md 4.1.
     */
    async transfer(wanted: TransferWanted): Promise<TransferSent> {
      const { number, mode, beneficiary } = wanted;
      const amount = amountLiteral(wanted.amountPaise);
      const name = beneficiaryNameOf(beneficiary.name);
      const narration = narrationOf(wanted.narration);
      const { type, signed } = fieldsOf(beneficiary);
      const body = {
        ...{ key, beneficiary_type: type, beneficiary_name: name, ...signed },
        ...{ unique_request_number: number, payment_mode: mode, amount: numberLiteral(amount) },
        ...(narration && { narration }),
        ...(wanted.email && { email: wanted.email }),
        ...(wanted.phone && { phone: phoneOf(wanted.phone) }),
        ...(wanted.udf1 && { udf1: udfOf(wanted.udf1) }),
      };
      const authorization = hash('createTransfer', { ...signed, unique_request_number: number, amount });
      const options = { name: 'transfer', number, shape: OneTransfer, attempts: 1, refusals: notAllowedStates };
      const url = `${wireBaseUrl}/api/v1/quick_transfers/initiate/`;
      const asked = await ask(options, url, jsonRequest(body, headers(authorization)));
      if (asked.kind !== 'answered') return asked;

      const { status, answer } = asked;
      const persons = [beneficiary.name, name, name.toUpperCase(), ...Object.values(signed)];
      if (answer.isAccepted) {
        if (!isOk(status)) return unknown(status, 'taken');
        if (answer.value.number !== number) return unknown(status, aboutAnother);
        return { kind: 'taken', transfer: told(answer.value, ...persons) };
      }
      return refusalOf(status, answer.text, persons);
    },

    /** What became of a transfer. Asks by the path, and where the gateway has no such path by the query. Source: easebuzz.md 4.2. */
    async transferState(number: string): Promise<TransferState> {
      const byPath = await retrieve(number, `${encodeURIComponent(number)}/?${query()}`);
      const isNoPath = byPath.kind === 'answered' && byPath.status === 404;
      const asked = isNoPath ? await retrieve(number, `?${query({ unique_request_number: number })}`) : byPath;
      if (asked.kind !== 'answered') return asked;

      const { status, answer } = asked;
      if (!answer.isAccepted)
        return notAllowedStates.includes(status) || saysNotAllowed(answer.text)
          ? unknown(status, answer.text)
          : notFoundOrUnknown(answer.text);
      if (!isOk(status)) return unknown(status, 'found');
      if (answer.value.number !== number) return unknown(status, aboutAnother);
      return { kind: 'found', transfer: told(answer.value) };
    },

    /** How much money there is for transfers, asked once: nobody waits for a second attempt. Source: easebuzz.md 2.2, 4.4. */
    async walletBalance(): Promise<WalletBalance> {
      if (!walletAccount) return { kind: 'unknown', reason: 'no wallet is configured' };
      const options = { name: 'wallet', number: 'wallet', shape: Wallet, attempts: 1 };
      const url = `${wireBaseUrl}/api/v1/insta-collect/virtual_accounts/${encodeURIComponent(walletAccount)}?${query()}`;
      const asked = await ask(options, url, get(hash('account', { virtual_account_id: walletAccount })));
      if (asked.kind !== 'answered') return asked;
      const { status, answer } = asked;
      if (!answer.isAccepted || !isOk(status))
        return unknown(status, answer.isAccepted ? 'found' : answer.text, walletAccount);
      return { kind: 'found', balancePaise: answer.value };
    },
  };
};

export type Transfers = ReturnType<typeof transfers>;
