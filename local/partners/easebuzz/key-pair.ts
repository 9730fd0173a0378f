import type { KeyPair, WireKeys } from './hashes.ts';

/**
 * Key and salt of the simulated merchant. Whoever has set them for the system has them here too, and can sign events for it. Keys
 * that EASEBUZZ_DENIED_KEYS lists, those of production, are refused: no event signed with them may come from a simulator.
 */
export const keyPairOf = (person: NodeJS.ProcessEnv): KeyPair => {
  const key = (person['EASEBUZZ_MERCHANT_KEY'] || person['EASEBUZZ_KEY'] || 'SIMULATOR').trim();
  const salt = (person['EASEBUZZ_SALT_KEY'] || person['EASEBUZZ_SALT'] || 'SIMULATORSALT').trim();
  return notDenied({ key, salt }, person);
};

/** The same for virtual accounts, which have their own where the person has set them. */
export const wireKeysOf = (person: NodeJS.ProcessEnv): WireKeys => {
  const payIn = keyPairOf(person);
  const given = (name: string) => (person[name] ?? '').trim();
  const key = given('EASEBUZZ_WIRE_KEY') || payIn.key;
  const salt = given('EASEBUZZ_WIRE_SALT') || payIn.salt;
  const wallet = given('EASEBUZZ_WIRE_ACCOUNT');
  const keys = { key, salt, apiKey: given('EASEBUZZ_WIRE_API_KEY') || key, ...(wallet && { wallet }) };
  return notDenied(keys, person);
};

const notDenied = <T extends KeyPair>(pair: T, person: NodeJS.ProcessEnv): T => {
  const denied = (person['EASEBUZZ_DENIED_KEYS'] ?? '').split(',').map((name) => name.trim());
  if (denied.includes(pair.key)) throw new Error('The payment gateway is simulated, but its key is one of production.');
  return pair;
};
