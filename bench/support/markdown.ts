import { type BenchResult, number, verdict } from './result.js';
import type { RowResult, Side } from './row.js';
import type { Spread } from './stats.js';

const HEAD = ['#', 'figure', 'value', 'reference', 'value', 'ratio', 'bar', 'met', 'CPU µs', 'p50 / p99 ms', 'MB'];
const WORDS = { met: 'yes', missed: '**no**' };

/** A result as a table in Markdown: what was measured on, and a line for each reference. */
export function markdownOf({ at, machine, postgres, fdatasync, othersShare, rows, failures }: BenchResult): string {
  const server = postgres['server_version'] ?? '';
  const facts =
    `${at.slice(0, 10)}, ${machine.cores} × ${machine.model}, Node ${machine.node}, PostgreSQL ${server}; fdatasync p50 ` +
    `${figure(fdatasync.p50)} ms, p99 ${figure(fdatasync.p99)} ms; other programs took ${figure(othersShare * 100)} % of the CPU.`;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    facts,
    '',
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...rows.flatMap(linesOf).map(line),
    ...(failures.length === 0 ? [] : ['', ...failures.map((failure) => `- failed: ${failure.split('\n')[0]}`)]),
    '',
  ].join('\n');
}

function linesOf(row: RowResult): string[][] {
  const memory = Object.entries(row.memory).map(([role, bytes]) => `${role} ${figure(bytes / 1e6)}`);
  const own = [`${row.number}`, row.figure, withUnit(row.product.value, row.unit)];
  const costs = [cpu(row.product), latency(row.product), memory.join(', ')];
  if (row.references.length === 0)
    return [[...own, '', '', '', ...verdict(row, row.goal ?? {}, row.product.value.median, WORDS), ...costs]];
  return row.references.map((reference, index) => [
    ...(index === 0 ? own : ['', '', '']),
    reference.name,
    withUnit(reference.value, row.unit),
    `${reference.ratio.median.toFixed(2)} (${reference.ratio.low.toFixed(2)} – ${reference.ratio.high.toFixed(2)})`,
    ...verdict(row, reference, reference.ratio.median, WORDS),
    ...(index === 0 ? costs : ['', '', '']),
  ]);
}

const withUnit = ({ median }: Spread, unit: string): string => `${figure(median)} ${unit}`;

const cpu = ({ cpu }: Side): string =>
  Object.entries(cpu)
    .map(([party, { median }]) => `${party} ${figure(median)}`)
    .join(', ');

const latency = ({ latency }: Side): string =>
  latency === undefined ? '' : `${figure(latency.p50)} / ${figure(latency.p99)}`;

/** Three digits or more. */
const figure = (value: number): string => number(value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
