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
  /** Milliseconds of CPU per operation, by the process that used them. */
  cpuMs?: Record<string, number>;
}

export interface Row extends Bar, Measured {
  name: string;
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

export const medianOf = (values: readonly number[]): number => quantile(values, 0.5);
export const p95 = (values: readonly number[]): number => quantile(values, 0.95);

export const round = (value: number): number => Number(value.toPrecision(3));

/** The median of the ratios of rounds: a slow minute of the machine slows both sides of a round. */
const ratioOf = (ours: readonly number[], theirs: readonly number[]): Measured => {
  const ratios = ours.map((value, index) => value / theirs[index]!);
  const details = { ours: ours.map(round), theirs: theirs.map(round), ratios: ratios.map(round) };
  return { value: medianOf(ratios), details };
};

type Measure = () => Promise<number>;

/** Compares what two sides do per second, by turns. */
export const compareRates = async (rounds: number, ours: Measure, theirs: Measure): Promise<Measured> => {
  const rates: [number[], number[]] = [[], []];
  for (let count = 0; count < rounds; count += 1) {
    rates[0].push(await ours());
    rates[1].push(await theirs());
  }
  return ratioOf(...rates);
};

/** Compares how long two sides let wait, 95 of 100 times at most, asking them by turns. */
export const compareWaits = async (
  rounds: number,
  samples: number,
  ours: Measure,
  theirs: Measure,
): Promise<Measured> => {
  const waits: [number[], number[]] = [[], []];
  for (let count = 0; count < rounds; count += 1) {
    const round: [number[], number[]] = [[], []];
    for (let sample = 0; sample < samples; sample += 1) {
      round[0].push(await ours());
      round[1].push(await theirs());
    }
    waits[0].push(p95(round[0]));
    waits[1].push(p95(round[1]));
  }
  return ratioOf(...waits);
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
      Object.entries(row.cpuMs ?? {})
        .map(([name, ms]) => `${name} ${ms}`)
        .join(', '),
    ];
  });
  const all = [['', 'measured', 'bar', 'goal', '', 'ms of CPU per operation'], ...lines];
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
