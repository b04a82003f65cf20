/**
 * A hand-written SQL statement of a hot path. The server plans it once a connection, under its name.
 * `Row` is what it returns; `name` is unique in the program and at most 63 bytes.
 */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /** Never set: carries the type of the rows. */
  readonly row?: Row;
}

/** Declares a statement; see the files in `statements/`, one an intent. */
export function statement<Row>(name: string, text: string): Statement<Row> {
  return { name, text };
}

/** An array of integers, or of anything without quotes, commas and braces in its text, as a PostgreSQL array literal. */
export function plainArray(values: readonly (number | bigint | string | boolean)[]): string {
  return `{${values.join(',')}}`;
}

/** As `plainArray`, with null for undefined. */
export function nullableArray(values: readonly (number | bigint | string | null | undefined)[]): string {
  let literal = '{';
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    literal += (index === 0 ? '' : ',') + (value === null || value === undefined ? 'NULL' : String(value));
  }
  return `${literal}}`;
}

/** An array of free texts as a PostgreSQL array literal; null stays null. */
export function textArray(values: readonly (string | null | undefined)[]): string {
  let literal = '{';
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (index > 0) literal += ',';
    literal += value === null || value === undefined ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`;
  }
  return `${literal}}`;
}

/** A time in milliseconds as PostgreSQL reads it. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
