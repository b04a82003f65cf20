/** UTC+8 in minutes: the zone of TIME and REPORT_TIME unless a setting says otherwise (protocol.md 2, 7). */
export const UIP_UTC_OFFSET_MINUTES = 480;

/** Longest text of a time on the wire, in bytes. */
export const MAX_TIME_BYTES = 32;

const MS_PER_MINUTE = 60_000;
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
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // 2021-02-30 rolls over into March: a date that changed was none.
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() - offsetMinutes * MS_PER_MINUTE;
}
