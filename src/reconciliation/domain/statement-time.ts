import { isTimeZone as isZoneName } from '../../clock/domain/bucket-period.js';

/** Reads a time of a provider's file: milliseconds since 1970 UTC, undefined for what is no time. */
export type TimeReader = (text: string) => number | undefined;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIELDS = { YYYY: '(\\d{4})', MM: '(\\d{2})', DD: '(\\d{2})', HH: '(\\d{2})', mm: '(\\d{2})', ss: '(\\d{2})' };
const TOKEN = /YYYY|MM|DD|HH|mm|ss/g;
const OFFSET = /^([+-])(\d{2}):(\d{2})$/;
const ZONED = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/** Whether a format can be read: `iso8601`, or a text with `YYYY`, `MM`, `DD`, `HH`, `mm` and perhaps `ss`, each once. */
export function isTimeFormat(format: string): boolean {
  if (format === 'iso8601') return true;
  const tokens: readonly string[] = format.match(TOKEN) ?? [];
  const needed = ['YYYY', 'MM', 'DD', 'HH', 'mm'];
  return tokens.length === new Set(tokens).size && needed.every((token) => tokens.includes(token));
}

/** Whether a zone is known: `Z`, `+08:00`, or a name of the IANA database. */
export function isTimeZone(zone: string): boolean {
  return zone === 'Z' || OFFSET.test(zone) || isZoneName(zone);
}

/**
 * Makes the reader of a format's times.
 * @param format as `isTimeFormat` takes it
 * @param zone that local times are meant in; of no meaning to `iso8601`, whose times name their zone
 */
export function timeReader(format: string, zone: string): TimeReader {
  if (format === 'iso8601') return readZoned;
  const order: string[] = [];
  const escaped = format.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = new RegExp(
    `^${escaped.replaceAll(TOKEN, (token) => {
      order.push(token);
      return FIELDS[token as keyof typeof FIELDS];
    })}$`,
  );
  const offset = offsetReader(zone);
  return (text) => {
    const match = pattern.exec(text.trim());
    if (match === null) return undefined;
    const local = localTime((token) => {
      const index = order.indexOf(token);
      return index === -1 ? 0 : Number(match[index + 1]);
    });
    return local === undefined ? undefined : local - offset(local);
  };
}

function readZoned(text: string): number | undefined {
  const trimmed = text.trim();
  if (!ZONED.test(trimmed)) return undefined;
  const time = Date.parse(trimmed.replace(' ', 'T'));
  return Number.isNaN(time) ? undefined : time;
}

/** The fields as if they were UTC; undefined for a date or time of day that there is not. */
function localTime(field: (token: string) => number): number | undefined {
  const [hour, minute, second] = [field('HH'), field('mm'), field('ss')];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const [month, day] = [field('MM'), field('DD')];
  const time = Date.UTC(field('YYYY'), month - 1, day, hour, minute, second);
  const date = new Date(time);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? time : undefined;
}

/** Milliseconds east of UTC at a local time. Of an hour that there is twice, the earlier one; zones are asked once an hour. */
function offsetReader(zone: string): (local: number) => number {
  if (zone === 'Z') return () => 0;
  const match = OFFSET.exec(zone);
  if (match !== null) {
    const offset = (Number(match[2]) * 60 + Number(match[3])) * 60_000 * (match[1] === '-' ? -1 : 1);
    return () => offset;
  }
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  const at = (utc: number): number => {
    const hour = Math.floor(utc / HOUR);
    let offset = known.get(hour);
    if (offset === undefined) {
      const name = format.formatToParts(hour * HOUR).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
      const parts = OFFSET.exec(name.slice(3));
      offset = parts === null ? 0 : (Number(parts[2]) * 60 + Number(parts[3])) * 60_000 * (parts[1] === '-' ? -1 : 1);
      known.set(hour, offset);
    }
    return offset;
  };
  return (local) => {
    const [before, after] = [at(local - DAY), at(local + DAY)];
    // Of the two that are right in an hour that there is twice, the one further east makes the earlier time.
    const fitting = [before, after].filter((offset) => at(local - offset) === offset);
    return fitting.length === 0 ? before : Math.max(...fitting);
  };
}
