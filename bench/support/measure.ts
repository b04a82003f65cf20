import { cpuSeconds, machineCpuSeconds, processCpuSeconds } from './processes.js';
import type { Latency } from './stats.js';

/**
 * Whose CPU a measurement counts: processes by name; under `postgres` the postmaster, with all its processes. Load generators
 * and stubs are not among them.
 */
export type Parties = Readonly<Record<string, number>> & { readonly postgres: number };

/** What was done in a measurement. */
export interface Work {
  /** Messages, rows, reports. */
  readonly units: number;
  /** From the first to the last of them; by default as long as the work ran. */
  readonly seconds?: number;
  readonly latency?: Latency;
}

/** One measurement of one side. */
export interface Sample {
  readonly units: number;
  readonly seconds: number;
  /** Units a second. */
  readonly rate: number;
  /** CPU of each party in µs a unit. */
  readonly cpu: Readonly<Record<string, number>>;
  /** CPU of load generators, stubs and the bench itself in µs a unit: they share the machine with what is measured. */
  readonly harness: number;
  readonly latency: Latency | undefined;
}

/** How much of the machine went to programs that are not of the bench, while it measured. */
export class ForeignLoad {
  private machine = 0;
  private ours = 0;
  private capacity = 0;

  constructor(
    private readonly processors: number,
    private readonly roots: () => readonly number[],
  ) {}

  /** Begins an interval; the function that it returns ends it, and gives the seconds of CPU that were ours. */
  begin(): () => number {
    const before = { machine: machineCpuSeconds(), ours: cpuSeconds(this.roots()), at: performance.now() };
    return () => {
      this.machine += machineCpuSeconds() - before.machine;
      const ours = cpuSeconds(this.roots()) - before.ours;
      this.ours += ours;
      this.capacity += (this.processors * (performance.now() - before.at)) / 1000;
      return ours;
    };
  }

  /** 0 to 1, of all that the machine had to give. */
  get share(): number {
    return Math.max(0, this.machine - this.ours) / this.capacity;
  }
}

/** Runs a piece of work and says how fast it went and what it cost. */
export async function measure(foreign: ForeignLoad, parties: Parties, work: () => Promise<Work>): Promise<Sample> {
  const end = foreign.begin();
  const cpuNow = (): number[] =>
    Object.entries(parties).map(([name, pid]) => (name === 'postgres' ? cpuSeconds([pid]) : processCpuSeconds(pid)));
  const before = { cpu: cpuNow(), at: performance.now() };
  const done = await work();
  const { units, seconds = (performance.now() - before.at) / 1000 } = done;
  const after = cpuNow();
  const cpu = Object.fromEntries(
    Object.keys(parties).map((name, index) => [name, ((after[index] - before.cpu[index]) * 1e6) / units]),
  );
  const ours = (end() * 1e6) / units;
  const harness = ours - Object.values(cpu).reduce((sum, microseconds) => sum + microseconds, 0);
  return { units, seconds, rate: units / seconds, cpu, harness, latency: done.latency };
}
