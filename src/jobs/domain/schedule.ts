const HOUR = 3600;
const DAY = 24 * HOUR;

/** When a job is due: every `period` seconds, `offset` seconds after a multiple of it since 1970 (UTC). */
export interface Schedule {
  readonly period: number;
  readonly offset: number;
}

/** Every hour, `minute` minutes past it. */
export function hourly(minute = 0): Schedule {
  return { period: HOUR, offset: minute * 60 };
}

/**
 * Every day, by UTC.
 * @param time `HH:MM`
 * @throws RangeError for anything else
 */
export function daily(time: string): Schedule {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined) throw new RangeError(`${time} is no time of the day`);
  return { period: DAY, offset: Number(hours) * HOUR + Number(minutes) * 60 };
}

/** A schedule in words. */
export function scheduleText({ period, offset }: Schedule): string {
  const time = new Date(offset * 1000).toISOString().slice(11, 16);
  if (period === DAY) return `every day at ${time} UTC`;
  if (period === HOUR) return `every hour, ${Math.floor(offset / 60)} minutes past`;
  return offset === 0 ? `every ${period} s` : `every ${period} s, ${offset} s past`;
}
