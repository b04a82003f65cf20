import { number, verdict } from './result.js';
import type { RowResult, Side } from './row.js';
import type { Spread } from './stats.js';

const HEAD = '#|figure|value|low – high|ratio|low – high|bar||p50 ms|p99 ms|CPU µs|memory MB'.split('|');
/** Columns of text; the others are numbers and stand to the right. */
const LEFT = new Set([1, 7, 10, 11]);
const WORDS = { met: 'met', missed: 'missed' };
const MAX_FIGURE = 76;
/** Units whose values are large. */
const WHOLE = /\/s$/;

/** The table as people read it: one line for the product, one for each reference, then notes. */
export function tableOf(rows: readonly RowResult[]): string {
  const lines = rows.flatMap(linesOf);
  const widths = HEAD.map((name, column) => Math.max(name.length, ...lines.map((cells) => cells[column].length)));
  const text = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (LEFT.has(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const notes = rows.flatMap(({ number, notes }) => notes.map((note) => `${number}: ${note}`));
  return [text(HEAD), rule, ...lines.map(text), '', ...notes].join('\n');
}

function linesOf(row: RowResult): string[][] {
  const memory = Object.entries(row.memory).map(([role, bytes]) => `${role} ${Math.round(bytes / 1e6)}`);
  const own = [`${row.number}`, clip(`${row.figure} [${row.unit}]`), ...values(row.product, row.unit), '', ''];
  return [
    [...own, ...verdict(row, row.goal ?? {}, row.product.value.median, WORDS), ...costs(row.product), memory.join(' ')],
    ...row.references.map((reference) => [
      '',
      `  ÷ ${reference.name}`,
      ...values(reference, row.unit),
      number(reference.ratio.median, 2),
      range(reference.ratio, 2),
      ...verdict(row, reference, reference.ratio.median, WORDS),
      ...costs(reference),
      '',
    ]),
  ];
}

const clip = (text: string): string => (text.length > MAX_FIGURE ? `${text.slice(0, MAX_FIGURE - 1)}…` : text);

function values({ value }: Side, unit: string): string[] {
  const digits = WHOLE.test(unit) ? 0 : 2;
  return [number(value.median, digits), range(value, digits)];
}

const costs = ({ cpu, harness, latency }: Side): string[] => [
  latency === undefined ? '' : number(latency.p50, 1),
  latency === undefined ? '' : number(latency.p99, 1),
  [
    ...Object.entries(cpu).map(([party, { median }]) => `${party} ${number(median, 1)}`),
    `(${number(harness, 1)})`,
  ].join(' '),
];

const range = ({ low, high }: Spread, digits: number): string => `${number(low, digits)} – ${number(high, digits)}`;
