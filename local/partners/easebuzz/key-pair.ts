import type { KeyPair } from './hashes.ts';

/**
 * Key and salt of the simulated merchant. Whoever has set them for the system has them here too, and can sign events for it. Keys
 * that EASEBUZZ_DENIED_KEYS lists, those of production, are refused: no event signed with them may come from a simulator.
 */
export const keyPairOf = (person: NodeJS.ProcessEnv): KeyPair => {
  const key = (person['EASEBUZZ_MERCHANT_KEY'] || person['EASEBUZZ_KEY'] || 'SIMULATOR').trim();
  const salt = (person['EASEBUZZ_SALT_KEY'] || person['EASEBUZZ_SALT'] || 'SIMULATORSALT').trim();
  const denied = (person['EASEBUZZ_DENIED_KEYS'] ?? '').split(',').map((name) => name.trim());
  if (denied.includes(key)) throw new Error('The payment gateway is simulated, but its key is one of production.');
  return { key, salt };
};
