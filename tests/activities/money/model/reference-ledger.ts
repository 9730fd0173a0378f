/**
 * The books as simply as they can be kept: balances by account, dues and items in the order of their opening. Written from the
 * contract, without a look at the code that it judges. Amounts are paise; an account is `code` or `code:owner`; a due or an item is
 * `KIND source`, and the open amount of an advance is negative.
 */
interface Open {
  key: string;
  open: number;
  reservedBy?: string | undefined;
  reserved: number;
}

const growsOnDebit = (account: string) => /^[15]/.test(account);
const guarded = /^(?:1050|1060|1070|2010|2030|2040|2050|2060|2070|2080|2090)/;
const signOf = (key: string) => (key.startsWith('ADVANCE') ? -1 : 1);
const free = ({ key, open, reserved }: Open) => open - signOf(key) * reserved;

export const referenceLedger = () => {
  const balances = new Map<string, number>();
  const dues = new Map<string, Open[]>();
  const items = new Map<string, Open[]>();
  const events = new Set<string>();
  const balance = (account: string) => balances.get(account) ?? 0;
  const listOf = (lists: Map<string, Open[]>, driver: string) =>
    lists.get(driver) ?? lists.set(driver, []).get(driver)!;

  const add = (list: Open[], key: string, paise: number) => {
    const known = list.find((each) => each.key === key);
    if (known) known.open += paise;
    else list.push({ key, open: paise, reserved: 0 });
  };

  /** Debits are positive and credits negative. What becomes of it: posted, repeated, or the account that has too little. */
  const post = (event: string, lines: [string, number][]): string => {
    if (events.has(event)) return 'repeated';
    const after = new Map<string, number>();
    for (const [account, debit] of lines)
      after.set(account, (after.get(account) ?? balance(account)) + (growsOnDebit(account) ? debit : -debit));
    const crossed = [...after].filter(
      ([account, paise]) => guarded.test(account) && paise < 0 && paise < balance(account),
    );
    if (crossed.length > 0) return crossed.map(([account]) => account).sort()[0]!;
    for (const [account, paise] of after) balances.set(account, paise);
    events.add(event);
    return 'posted';
  };

  /** The oldest credit and the oldest advance cover each other, until the free part of one kind is used up. */
  const settle = (driver: string): void => {
    const credit = listOf(items, driver).find((item) => free(item) > 0);
    const advance = listOf(items, driver).find((item) => free(item) < 0);
    if (!credit || !advance) return;
    const paise = Math.min(free(credit), -free(advance));
    credit.open -= paise;
    advance.open += paise;
    settle(driver);
  };

  /** Opens items and takes them back; what was used of one that is taken back opens the opposite item. */
  const move = (driver: string, ...moves: [string, number][]) => {
    const list = listOf(items, driver);
    for (const [key, paise] of moves) {
      const item = list.find((each) => each.key === key);
      const isTaken = paise * signOf(key) < 0;
      const taken = isTaken ? signOf(key) * Math.min(Math.abs(paise), Math.abs(item ? free(item) : 0)) : -paise;
      if (taken !== 0) add(list, key, -taken);
      if (paise + taken !== 0) add(list, key.replace(/^\w+/, signOf(key) > 0 ? 'ADVANCE' : 'WAIVER'), paise + taken);
    }
    settle(driver);
  };

  const rank = (item: Open, source: string | null) => {
    if (item.key.split(' ')[1] === source) return 0;
    return { COLLECTION: 1, INCENTIVE: 2 }[item.key.split(' ')[0]!] ?? 3;
  };

  /** What a payout will pay, by item: its source first, then collections, incentives and the rest, each oldest first. */
  const reserve = (driver: string, payout: string, amount: number, source: string | null): [string, number][] => {
    const open = listOf(items, driver).filter((item) => item.open > 0 && item.reservedBy === undefined);
    let rest = amount;
    return open
      .sort((a, b) => rank(a, source) - rank(b, source))
      .flatMap((item): [string, number][] => {
        const part = Math.min(rest, item.open);
        if (part === 0) return [];
        Object.assign(item, { reservedBy: payout, reserved: part });
        rest -= part;
        return [[item.key, part]];
      });
  };

  const endReservation = (driver: string, payout: string, isPaid: boolean) => {
    for (const item of listOf(items, driver).filter(({ reservedBy }) => reservedBy === payout)) {
      if (isPaid) item.open -= item.reserved;
      Object.assign(item, { reservedBy: undefined, reserved: 0 });
    }
    settle(driver);
  };

  /** The oldest open dues that an amount covers, each with its part. */
  const oldestDues = (driver: string, amount: number): [string, number][] => {
    let rest = amount;
    return listOf(dues, driver).flatMap(({ key, open }): [string, number][] => {
      const part = Math.min(rest, open);
      rest -= part;
      return part > 0 ? [[key, part]] : [];
    });
  };

  const opens = (lists: Map<string, Open[]>) =>
    Object.fromEntries(
      [...lists.values()].flat().flatMap(({ key, open }): [string, number][] => (open === 0 ? [] : [[key, open]])),
    );

  return {
    ...{ balance, post, move, reserve, endReservation, oldestDues },
    due: (driver: string, key: string) => listOf(dues, driver).find((each) => each.key === key)?.open ?? 0,
    moveDue: (driver: string, key: string, paise: number) => add(listOf(dues, driver), key, paise),
    dues: (driver: string) => listOf(dues, driver).filter(({ open }) => open > 0),
    /** Leaves a season behind: only accounts of the platform go on. */
    forget: () => {
      for (const account of [...balances.keys()].filter((each) => each.includes(':'))) balances.delete(account);
      for (const lists of [dues, items]) lists.clear();
    },
    /** Everything but zeros, to be compared. */
    state: () => ({
      balances: Object.fromEntries([...balances].filter(([, paise]) => paise !== 0)),
      dues: opens(dues),
      items: opens(items),
    }),
  };
};

export type Reference = ReturnType<typeof referenceLedger>;
