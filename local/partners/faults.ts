export const modes = ['none', 'slow', 'down', 'garbage', 'error', 'refuse'] as const;

export type Mode = (typeof modes)[number];

/** A fault that hits every call whose text contains `match`; an empty `match` hits all calls. */
export type Fault = { mode: Mode; delayMs: number; match: string };

const healthy: Fault = { mode: 'none', delayMs: 0, match: '' };

export const isMode = (mode: unknown): mode is Mode => modes.includes(mode as Mode);

/**
 * Holds the fault switches of one simulator: at most one rule per `match`. The longest match wins, so that a test can
 * break (or, with 'none', spare) its own phone or address while other tests use the same simulator.
 */
export const createFaults = () => {
  let faults: Fault[] = [];
  const without = (match: string) => faults.filter((fault) => fault.match !== match);
  return {
    all: () => faults,
    set: (fault: Fault) => {
      const isDefault = fault.mode === 'none' && fault.match === '';
      faults = [...without(fault.match), ...(isDefault ? [] : [fault])].sort((a, b) => b.match.length - a.match.length);
    },
    clear: (match?: string) => {
      faults = match === undefined ? [] : without(match);
    },
    of: (text: string) => faults.find((fault) => text.includes(fault.match)) ?? healthy,
  };
};
