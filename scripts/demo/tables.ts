import { formatAmount } from '../../src/billing/domain/money.js';
import type { Terminal } from './terminal.js';
import { byCountry, deliveryTimes, isSettled, type Outcome, percentile, statusCounts, totalOf } from './outcome.js';
import type { Result } from './run.js';
import { COUNTRY_NAMES } from './scenario.js';
import { type Cell, type Column, tableLines } from './table.js';

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });
const cell = (text: string, paint?: Cell['paint']): Cell => ({ text, paint });
const count = (value: number): Cell => cell(value.toLocaleString('en-US'));

/** What was sent, what became of it, and what it cost. */
export function outcomeTable(terminal: Terminal, results: readonly Result[]): string[] {
  const all = results.flatMap(({ outcomes }) => outcomes);
  const digits = digitsOf([...results.map(({ outcomes }) => outcomes), all]);
  const rows = results.map(({ shipment: { name, expected }, outcomes }) => {
    const settled = outcomes.every((outcome) => isSettled(outcome, expected));
    const way = expected.through === undefined ? '' : `, after ${expected.through}`;
    const became = `${statusCounts(outcomes)}${way}`;
    return [cell(name), ...totals(outcomes, digits), cell(became, settled ? terminal.good : terminal.bad)];
  });
  const sum = [cell('all together'), ...totals(all, digits)].map(({ text }) => cell(text, terminal.bold));
  const columns = [left('what was sent'), right('SMS'), right('segments'), costColumn(all), left('became')];
  return tableLines(columns, [...rows, sum], terminal.dim);
}

/** What each country cost. */
export function countryTable(terminal: Terminal, outcomes: readonly Outcome[]): string[] {
  const countries = byCountry(outcomes);
  const digits = digitsOf(countries.map(([, those]) => those));
  const rows = countries.map(([code, those]) => [
    cell(`+${code}`),
    cell(COUNTRY_NAMES[code] ?? ''),
    ...totals(those, digits),
  ]);
  const columns = [left('country'), left(''), right('SMS'), right('segments'), costColumn(outcomes)];
  return tableLines(columns, rows, terminal.dim);
}

/** How long it took from the request until the API showed the SMS as delivered. */
export function timesLine(terminal: Terminal, outcomes: readonly Outcome[]): string {
  const times = deliveryTimes(outcomes);
  const shown = ([label, share]: readonly [string, number]): string =>
    `${terminal.dim(label)} ${terminal.bold(seconds(percentile(times, share)))}`;
  const shares = [['p50', 0.5] as const, ['p95', 0.95] as const, ['p99', 0.99] as const];
  return `  from request to delivered: ${shares.map(shown).join('   ')}   ${terminal.dim('(a simulated handset takes 1 s)')}`;
}

/** Milliseconds as seconds. */
export function seconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? 'none' : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** The digits after the point that all amounts of a column need, so that their points stand in one line. */
function digitsOf(rows: readonly (readonly Outcome[])[]): number {
  const fractions = rows.map((outcomes) => formatAmount(totalOf(outcomes).cost.amount).split('.')[1] ?? '');
  return Math.max(2, ...fractions.map(({ length }) => length));
}

function totals(outcomes: readonly Outcome[], digits: number): Cell[] {
  const { messages, segments, cost } = totalOf(outcomes);
  return [count(messages), count(segments), cell(formatAmount(cost.amount, digits))];
}

function costColumn([first]: readonly Outcome[]): Column {
  return right(`cost, ${first?.cost.currency ?? ''}`);
}
