import { UIP_UTC_OFFSET_MINUTES } from '../../uip/domain/uip-time.js';

/** A calendar month in UTC+8, as ms since 1970 UTC. */
export interface Month {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

const OFFSET = UIP_UTC_OFFSET_MINUTES * 60_000;

/** Reads `2026-11`; undefined for anything else. */
export function parseMonth(text: string): Month | undefined {
  const match = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text);
  if (match === null) return undefined;
  const [year, month] = [Number(match[1]), Number(match[2])];
  return { from: Date.UTC(year, month - 1, 1) - OFFSET, to: Date.UTC(year, month, 1) - OFFSET };
}
