/** UTC+8 in minutes: the zone of TIME and REPORT_TIME unless a setting says otherwise (protocol.md 2, 7). */
export const UIP_UTC_OFFSET_MINUTES = 480;

/** Longest text of a time on the wire, in bytes. */
export const MAX_TIME_BYTES = 32;

const MS_PER_MINUTE = 60_000;
/** After so many years the calendar repeats. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const PATTERN = /^ *(\d{4})-(\d{2})-(\d{2})[ \t]+(\d{2})[ \t]*:[ \t]*(\d{2})[ \t]*:[ \t]*(\d{2})[ \t]*$/;

/**
 * Writes an instant as `YYYY-MM-DD HH:MM:SS` in the given zone.
 *
 * @param epochMs milliseconds since 1970-01-01 UTC, within the years 0..9999; parts of a second are cut off
 * @param offsetMinutes minutes east of UTC
 */
export function formatUipTime(epochMs: number, offsetMinutes: number = UIP_UTC_OFFSET_MINUTES): string {
  const iso = new Date(epochMs + offsetMinutes * MS_PER_MINUTE).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/**
 * Reads a time as it comes on the wire. Blanks around the colons are allowed, as in the specification's own text.
 *
 * @param offsetMinutes minutes east of UTC that the text is meant in
 * @returns milliseconds since 1970-01-01 UTC, or `undefined` for what is not a time or names no real date
 */
export function parseUipTime(text: string, offsetMinutes: number = UIP_UTC_OFFSET_MINUTES): number | undefined {
  if (text.length > MAX_TIME_BYTES) return undefined;
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || day < 1 || day > daysOf(year, month)) return undefined;
  // `Date.UTC` takes the years 0..99 for 1900..1999: a whole cycle of the calendar is put in between.
  const shifted = Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute, second);
  return shifted - CYCLE_MS - offsetMinutes * MS_PER_MINUTE;
}

/** Days of a month; 0 when there is no such month. */
function daysOf(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeapYear ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
}
