/** What a row demands; `better` says on which side of the bar it should be. */
export interface Bar {
  bar: number;
  goal?: number;
  better: 'higher' | 'lower';
  unit?: string;
}

/** What was measured: the figure that counts, and what it was made of. */
export interface Measured {
  value: number;
  details: object;
}

export interface Row extends Bar, Measured {
  name: string;
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

const quantile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const p95 = (values: readonly number[]): number => quantile(values, 0.95);

export const round = (value: number): number => Number(value.toPrecision(3));

/** Measures A and B by turns. Each round makes one ratio, so that a slow minute of the machine slows both; the median of them counts. */
export const compare = async (
  rounds: number,
  measureOurs: () => Promise<number>,
  measureTheirs: () => Promise<number>,
): Promise<Measured> => {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let count = 0; count < rounds; count += 1) {
    ours.push(await measureOurs());
    theirs.push(await measureTheirs());
  }
  const ratios = ours.map((value, index) => value / theirs[index]!);
  return {
    value: median(ratios),
    details: { ours: ours.map(round), theirs: theirs.map(round), ratios: ratios.map(round) },
  };
};

/** Milliseconds until a piece of work is done. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
};

const reaches = ({ value, better }: Row, mark: number): boolean =>
  better === 'higher' ? value >= mark : value <= mark;

export const misses = (row: Row): boolean => !reaches(row, row.bar);

const verdict = (row: Row): string => {
  if (misses(row)) return 'BELOW BAR';
  return row.goal !== undefined && reaches(row, row.goal) ? 'meets goal' : 'ok';
};

/** All rows as aligned text. */
export const table = (rows: readonly Row[]): string => {
  const lines = rows.map((row) => {
    const sign = row.better === 'higher' ? '>=' : '<=';
    const mark = (value: number | undefined) => (value === undefined ? '' : `${sign} ${value}`);
    return [
      row.name,
      `${round(row.value)}${row.unit ? ` ${row.unit}` : ''}`,
      mark(row.bar),
      mark(row.goal),
      verdict(row),
    ];
  });
  const all = [['', 'measured', 'bar', 'goal', ''], ...lines];
  const widths = all[0]!.map((_cell, column) => Math.max(...all.map((line) => line[column]!.length)));
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
};
