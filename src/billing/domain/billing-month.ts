/** Statements go by months of UTC+8, as the provider's do (contract.md 5): so that the two can be held side by side. */
const OFFSET = 8 * 3_600_000;

/** A month of statements: from included, to not; milliseconds. */
export interface BillingMonth {
  /** `yyyy-mm`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Reads `2026-11`; undefined for anything else. */
export function parseBillingMonth(name: string): BillingMonth | undefined {
  const [, year, month] = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(name) ?? [];
  if (year === undefined) return undefined;
  const start = (month: number): number => Date.UTC(Number(year), month, 1) - OFFSET;
  return { name, from: start(Number(month) - 1), to: start(Number(month)) };
}

/** The month that a time (milliseconds) falls into, `yyyy-mm`. */
export function billingMonthOf(time: number): string {
  return new Date(time + OFFSET).toISOString().slice(0, 7);
}
