import { type Finding, Findings } from './finding.js';

/** Milliseconds that clocks may differ by: harmless, and too much. */
const HARMLESS = 2_000;
const TOO_MUCH = 60_000;

/** Clocks less ours, in milliseconds; undefined: not known. */
export interface ClockOffsets {
  readonly database: number | undefined;
  /** To a second. */
  readonly platform: number | undefined;
}

/** Whether this machine's clock agrees with the database's, and with the platform's where that tells. */
export function checkClock({ database, platform }: ClockOffsets): Finding[] {
  const findings = new Findings('clock');
  compare("the database's", database, findings);
  compare("the platform's", platform, findings);
  if (database === undefined && platform === undefined) {
    findings.warn('nobody answers whose clock this one could be compared with', 'see the other checks');
  }
  return findings.all;
}

function compare(whose: string, offset: number | undefined, findings: Findings): void {
  if (offset === undefined) return;
  const seconds = (Math.abs(offset) / 1000).toFixed(1);
  const text = `this clock is ${seconds} s ${offset > 0 ? 'behind' : 'ahead of'} ${whose}`;
  if (Math.abs(offset) <= HARMLESS) findings.ok(`this clock agrees with ${whose}`);
  else if (Math.abs(offset) <= TOO_MUCH) findings.warn(text, 'keep both machines in step by NTP');
  else findings.fail(text, 'keep both machines in step by NTP: certificates, deadlines and statements depend on it');
}
