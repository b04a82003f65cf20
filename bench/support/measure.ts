import { cpuSeconds, machineCpuSeconds } from './processes.js';
import type { Latency } from './stats.js';

/** Whose CPU a measurement counts: roots of process trees. Load generators and stubs are in neither. */
export interface Parties {
  readonly node: readonly number[];
  readonly postgres: readonly number[];
}

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
  /** CPU in µs a unit. */
  readonly cpu: { readonly node: number; readonly postgres: number };
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

  /** Begins an interval; the function that it returns ends it. */
  begin(): () => void {
    const before = { machine: machineCpuSeconds(), ours: cpuSeconds(this.roots()), at: performance.now() };
    return () => {
      this.machine += machineCpuSeconds() - before.machine;
      this.ours += cpuSeconds(this.roots()) - before.ours;
      this.capacity += (this.processors * (performance.now() - before.at)) / 1000;
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
  const before = { node: cpuSeconds(parties.node), postgres: cpuSeconds(parties.postgres), at: performance.now() };
  const done = await work();
  const { units, seconds = (performance.now() - before.at) / 1000 } = done;
  const microseconds = (now: number, then: number) => ((now - then) * 1e6) / units;
  const cpu = {
    node: microseconds(cpuSeconds(parties.node), before.node),
    postgres: microseconds(cpuSeconds(parties.postgres), before.postgres),
  };
  end();
  return { units, seconds, rate: units / seconds, cpu, latency: done.latency };
}
