/**
 * The books as simply as they can be kept: balances by account, dues by source, items in the order of their opening. Written from
 * the contract, without a look at the code that it judges. Amounts are paise; an account is `code` or `code:owner`.
 */
interface Item {
  key: string;
  open: number;
}

const growsOnDebit = (account: string) => /^[15]/.test(account);
const guarded = /^(?:1050|1060|1070|2010|2030|2040|2050|2060|2070|2080|2090)/;

export const referenceLedger = () => {
  const balances = new Map<string, number>();
  const dues = new Map<string, number>();
  const items = new Map<string, Item[]>();
  const events = new Set<string>();
  const balance = (account: string) => balances.get(account) ?? 0;

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

  const itemsOf = (driver: string) => {
    if (!items.has(driver)) items.set(driver, []);
    return items.get(driver)!;
  };

  /** Takes a rupee after the other from the oldest credit and the oldest advance, until one kind is used up. */
  const settle = (driver: string) => {
    for (;;) {
      const credit = itemsOf(driver).find(({ open }) => open > 0);
      const advance = itemsOf(driver).find(({ open }) => open < 0);
      if (!credit || !advance) return;
      const paise = Math.min(credit.open, -advance.open);
      credit.open -= paise;
      advance.open += paise;
    }
  };

  const openItem = (driver: string, key: string, paise: number) => {
    const known = itemsOf(driver).find((item) => item.key === key);
    if (known) known.open += paise;
    else itemsOf(driver).push({ key, open: paise });
    settle(driver);
  };

  /** Takes a credit back; what was used of it already is an advance. */
  const takeItem = (driver: string, key: string, paise: number) => {
    const item = itemsOf(driver).find((each) => each.key === key);
    const taken = Math.min(item?.open ?? 0, paise);
    if (item) item.open -= taken;
    if (paise > taken) openItem(driver, key.replace(/^\w+/, 'ADVANCE'), taken - paise);
  };

  return {
    balance,
    post,
    openItem,
    takeItem,
    due: (source: string) => dues.get(source) ?? 0,
    setDue: (source: string, paise: number) => dues.set(source, paise),
    /** Everything but zeros, to be compared. */
    state: () => ({
      balances: Object.fromEntries([...balances].filter(([, paise]) => paise !== 0).sort()),
      dues: Object.fromEntries([...dues].filter(([, paise]) => paise !== 0).sort()),
      items: Object.fromEntries(
        [...items.values()]
          .flatMap((of) => of.filter(({ open }) => open !== 0).map(({ key, open }) => [key, open] as const))
          .sort(),
      ),
    }),
  };
};
