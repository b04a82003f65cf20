import type { Environment } from './environment.js';
import type { Sample } from './measure.js';
import { type Spread, spreadOf } from './stats.js';

/** What rows are run with. */
export interface Bench {
  readonly environment: Environment;
  /** Smaller amounts; the ratios are the same, their spread is wider. */
  readonly quick: boolean;
  /** Measurements of each side, taken in turns, after one of each that does not count. */
  readonly pairs: number;
  /** Directory for CPU profiles of the gateway. */
  readonly profile: string | undefined;
  readonly progress: (line: string) => void;
}

/** One line of the table: what is measured, and how. The number is the one in the issue's table of figures. */
export interface Row {
  readonly number: number;
  /** For `--only`. */
  readonly name: string;
  readonly run: (bench: Bench) => Promise<RowResult>;
}

/** All measurements of one side. */
export interface Side {
  readonly name: string;
  /** Units a second. */
  readonly rate: Spread;
  /** Of each party, in µs a unit. */
  readonly cpu: Readonly<Record<string, Spread>>;
  /** Median of what load generators, stubs and the bench itself took, in µs a unit. */
  readonly harness: number;
  /** Medians, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number } | undefined;
}

/** The other side of a ratio. */
export interface Reference extends Side {
  /** Product ÷ reference, each pair by itself. */
  readonly ratio: Spread;
  readonly bar: number | undefined;
  readonly aim: number | undefined;
}

export interface RowResult {
  readonly number: number;
  readonly name: string;
  readonly figure: string;
  readonly unit: string;
  readonly product: Side;
  readonly references: readonly Reference[];
  /** Resident bytes of the gateway's processes at the end of the row, by role. */
  readonly memory: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** A reference before it has run. */
export interface ReferenceRun {
  readonly name: string;
  readonly bar?: number;
  readonly aim?: number;
  readonly measure: () => Promise<Sample>;
}

/** Both sides of a row, one measurement a call. */
export interface PairedRuns {
  readonly product: () => Promise<Sample>;
  readonly references: readonly ReferenceRun[];
}

/**
 * Measures product and references in turns (A B A B …), so that what the machine does besides hits all of them alike. The
 * first turn warms up and is thrown away.
 */
export async function runPairs(
  { pairs, progress }: Bench,
  { product, references }: PairedRuns,
): Promise<{ product: Side; references: Reference[] }> {
  const ours: Sample[] = [];
  const others = references.map((): Sample[] => []);
  for (let pair = 0; pair <= pairs; pair += 1) {
    const sample = await product();
    progress(`${pair === 0 ? 'warm-up' : `pair ${pair}`}: ${Math.round(sample.rate)}/s`);
    if (pair > 0) ours.push(sample);
    for (const [index, { name, measure }] of references.entries()) {
      const other = await measure();
      progress(`  ${name}: ${Math.round(other.rate)}/s`);
      if (pair > 0) others[index].push(other);
    }
  }
  return {
    product: sideOf('product', ours),
    references: references.map(({ name, bar, aim }, index) => ({
      ...sideOf(name, others[index]),
      ratio: spreadOf(ours.map(({ rate }, pair) => rate / others[index][pair].rate)),
      bar,
      aim,
    })),
  };
}

function sideOf(name: string, samples: readonly Sample[]): Side {
  const median = (values: readonly number[]): number => spreadOf(values).median;
  const latencies = samples.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  return {
    name,
    rate: spreadOf(samples.map(({ rate }) => rate)),
    cpu: Object.fromEntries(
      Object.keys(samples[0]?.cpu ?? {}).map((name) => [name, spreadOf(samples.map(({ cpu }) => cpu[name]))]),
    ),
    harness: median(samples.map(({ harness }) => harness)),
    latency:
      latencies.length === 0
        ? undefined
        : { p50: median(latencies.map(({ p50 }) => p50)), p99: median(latencies.map(({ p99 }) => p99)) },
  };
}
