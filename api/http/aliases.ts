/** The nouns of `/payments/admin` that clients also call below `/admin`. Source: payments.md, Paths. */
const adminNouns = [
  'rental-plans',
  'penalty',
  'incentive',
  'collection',
  'reconciliations',
  'payouts',
  'bulk-payout',
  'vehicle',
];

/** Prefixes that clients call, and what they stand for. Sources: conventions section 1, payments.md, partner-mmt.md. */
export const prefixAliases: readonly (readonly [called: string, meant: string])[] = [
  ['/payment', '/payments'],
  ['/orders', '/payments/orders'],
  ...adminNouns.map((noun) => [`/admin/${noun}`, `/payments/admin/${noun}`] as const),
  ['/partner/mmt', '/partners/mmt'],
];

/** The other paths of a path, by the prefixes it begins with. */
export const aliasesOf = (path: string): string[] =>
  prefixAliases
    .filter(([, meant]) => path === meant || path.startsWith(`${meant}/`))
    .map(([called, meant]) => called + path.slice(meant.length));
