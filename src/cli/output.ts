import type { MoneyJson } from '../billing/domain/money.js';

/** Where a command prints. */
export interface Output {
  /** A line of what was asked for. */
  readonly line: (text?: string) => void;
  /** A line beside it: progress, warnings. */
  readonly note: (text: string) => void;
}

/** The process's own. */
export const STANDARD: Output = {
  line: (text = '') => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
};

/** Lines of a table: columns padded, the last one as it is. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index])))
      .join('  ')
      .trimEnd(),
  );
}

/** `0.35 HKD`. */
export const moneyText = ({ amount, currency }: MoneyJson): string => `${amount} ${currency}`;

/** Prints a value as JSON, for programs. */
export function printJson(output: Output, value: unknown): void {
  output.line(JSON.stringify(value, undefined, 2));
}
