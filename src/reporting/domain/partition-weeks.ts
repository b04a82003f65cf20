const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Statements are cut by the month of UTC+8 (contract.md 5). */
const STATEMENT_OFFSET = 8 * 3_600_000;

/** A week of messages, by the real clock of their ids; milliseconds. */
export interface PartitionWeek {
  readonly from: number;
  readonly to: number;
}

/** The time in the name of a partition, such as message_20260105; undefined for another name. */
export function partitionTime(name: string): number | undefined {
  const [, year, month, day] = /_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day));
}

/**
 * The weeks whose messages are older than they need be kept, oldest first.
 *
 * @param names of the weekly partitions
 * @param endedBefore weeks that end later are kept; milliseconds
 */
export function oldWeeks(names: readonly string[], endedBefore: number): PartitionWeek[] {
  return names
    .flatMap((name) => partitionTime(name) ?? [])
    .toSorted((one, other) => one - other)
    .map((from) => ({ from, to: from + WEEK }))
    .filter(({ to }) => to <= endedBefore);
}

/** The months of statements that a period touches, as `yyyy-mm`. */
export function statementMonths({ from, to }: PartitionWeek): string[] {
  const month = (time: number): string => new Date(time + STATEMENT_OFFSET).toISOString().slice(0, 7);
  return [...new Set([month(from), month(to - 1)])];
}

/** Whether a partition, weekly or daily, lies within a week. */
export function isWithin(name: string, week: PartitionWeek): boolean {
  const time = partitionTime(name);
  return time !== undefined && time >= week.from && time < week.to;
}
