import { startEasebuzz } from './easebuzz/easebuzz.ts';
import { keyPairOf, wireKeysOf } from './easebuzz/key-pair.ts';
import { startGoogleMaps } from './google-maps.ts';
import type { Address, Simulator } from './simulator.ts';
import { startSms } from './sms.ts';

/** A partner as this project wires it: `person` is the environment of whoever starts the system. */
type Wired = {
  title: string;
  port: number;
  start: (address: Address, person: NodeJS.ProcessEnv) => Promise<Simulator>;
  /** What the API and the worker must know to use it. */
  environment: (url: string, person: NodeJS.ProcessEnv) => Record<string, string>;
};

/** The one list of partners: whatever is here is started, is told to both processes, and stands on the card. */
export const partners = {
  sms: {
    title: 'SMS simulator',
    port: 8081,
    start: startSms,
    environment: (url) => ({
      EXOTEL_BASE_URL: url,
      EXOTEL_ACCOUNT_SID: 'simulator',
      EXOTEL_API_KEY: 'simulator',
      EXOTEL_API_TOKEN: 'simulator',
      EXOTEL_SENDER_ID: 'DRVKLB',
    }),
  },
  maps: {
    title: 'Maps simulator',
    port: 8082,
    start: startGoogleMaps,
    environment: (url) => ({ GOOGLE_MAPS_API_KEY: 'simulator', GOOGLE_ROUTES_URL: url, GOOGLE_MAPS_URL: url }),
  },
  gateway: {
    title: 'Gateway simulator',
    port: 8083,
    start: (address, person) =>
      startEasebuzz(address, keyPairOf(person), person['EASEBUZZ_WEBHOOK_URL'], wireKeysOf(person)),
    environment: (url, person) => ({
      EASEBUZZ_MERCHANT_KEY: keyPairOf(person).key,
      EASEBUZZ_SALT_KEY: keyPairOf(person).salt,
      EASEBUZZ_PAY_BASE_URL: url,
      EASEBUZZ_DASHBOARD_BASE_URL: url,
      PAYMENT_FALLBACK_EMAIL: 'payments@drivers-klub.example',
    }),
  },
} satisfies Record<string, Wired>;

export type PartnerName = keyof typeof partners;

export const partnerNames = Object.keys(partners) as PartnerName[];

/** Where each partner can be reached. */
export type PartnerUrls = Record<PartnerName, string>;

/** The variables of all partners together. */
export const partnerEnvironment = (urls: PartnerUrls, person: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(partnerNames.flatMap((name) => Object.entries(partners[name].environment(urls[name], person))));
