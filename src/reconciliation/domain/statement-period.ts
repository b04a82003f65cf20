/** The zone by which statements are cut (contract.md 5), in milliseconds east of UTC. */
const STATEMENT_OFFSET = 8 * 3_600_000;

/** A month (`2026-11`) or a day (`2026-11-05`) of UTC+8. */
export interface StatementPeriod {
  readonly name: string;
  /** Milliseconds since 1970 UTC. */
  readonly from: number;
  /** Not included. */
  readonly to: number;
  /** The periods of the same length before and after it. */
  readonly previous: string;
  readonly next: string;
}

const PATTERN = /^(20\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?$/;

/** Reads the name of a period; undefined for anything else, a day that there is not included. */
export function parsePeriod(name: string): StatementPeriod | undefined {
  const match = PATTERN.exec(name);
  if (match === null) return undefined;
  const [year, month] = [Number(match[1]), Number(match[2]) - 1];
  const isDay = match[3] !== undefined;
  const start = (step: number): number =>
    isDay ? Date.UTC(year, month, Number(match[3]) + step) : Date.UTC(year, month + step, 1);
  const nameOf = (time: number): string => new Date(time).toISOString().slice(0, name.length);
  if (nameOf(start(0)) !== name) return undefined;
  return {
    name,
    from: start(0) - STATEMENT_OFFSET,
    to: start(1) - STATEMENT_OFFSET,
    previous: nameOf(start(-1)),
    next: nameOf(start(1)),
  };
}

/** The month of UTC+8 that a time lies in. */
export function monthOf(time: number): string {
  return new Date(time + STATEMENT_OFFSET).toISOString().slice(0, 7);
}
