/** A value of a CSV file; null and undefined are an empty field. */
export type CsvValue = string | number | boolean | null | undefined;

/** What a spreadsheet takes for a formula, and what looks like one that was disarmed. */
const FORMULA = /^'*[=+\-@\t\r]/;

/** An amount: a spreadsheet takes it for the number that it is. */
const DECIMAL = /^-?\d+(\.\d+)?$/;

/**
 * A line of CSV as RFC 4180 has it. A text that a spreadsheet would take for a formula gets an apostrophe in front: what
 * customers call their things must not run on an analyst's machine. So does a text that looks as if it had got one already, so that
 * `readCsvText` knows what was there.
 */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

/** A text as it was before `csvLine` disarmed it. */
export function readCsvText(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

function field(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  if (DECIMAL.test(value)) return value;
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
