import { formatAmount, type Money, parseMoney } from '../../src/billing/domain/money.js';
import { minorUnitDigits } from '../../src/billing/domain/currency.js';
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
  const rows = results.map(({ shipment: { name, expected }, outcomes }) => {
    const right = outcomes.every((outcome) => isSettled(outcome, expected));
    return [
      cell(name),
      ...totals(outcomes),
      cell(statusCounts(outcomes), right ? terminal.good : terminal.bad),
      cell(expected.through === undefined ? '' : `after ${expected.through}`, terminal.dim),
    ];
  });
  const all = results.flatMap(({ outcomes }) => outcomes);
  const sum = ['all together', ...totals(all).map(({ text }) => text)].map((text) => cell(text, terminal.bold));
  const columns = [left('what was sent'), right('SMS'), right('segments'), right(`cost, ${currencyOf(all)}`)];
  return tableLines([...columns, left('became'), left('')], [...rows, sum], terminal.dim);
}

/** What each country cost. */
export function countryTable(terminal: Terminal, outcomes: readonly Outcome[]): string[] {
  const rows = byCountry(outcomes).map(([code, those]) => [
    cell(`+${code}`),
    cell(COUNTRY_NAMES[code] ?? ''),
    ...totals(those),
  ]);
  const columns = [left('country'), left(''), right('SMS'), right('segments'), right(`cost, ${currencyOf(outcomes)}`)];
  return tableLines(columns, rows, terminal.dim);
}

/** How long it took from the API's answer to the report of delivery. */
export function timesLine(terminal: Terminal, outcomes: readonly Outcome[]): string {
  const times = deliveryTimes(outcomes);
  const shown = ([label, share]: readonly [string, number]): string =>
    `${terminal.dim(label)} ${terminal.bold(seconds(percentile(times, share)))}`;
  const shares = [['p50', 0.5] as const, ['p95', 0.95] as const, ['p99', 0.99] as const];
  return `  Accepted to delivered: ${shares.map(shown).join('   ')}   ${terminal.dim('(the handsets take 1 s of it)')}`;
}

function totals(outcomes: readonly Outcome[]): Cell[] {
  const { messages, segments, cost } = totalOf(outcomes);
  return [count(messages), count(segments), cell(amount(cost))];
}

/** Two digits at least, as many as are needed. */
function amount({ amount, currency }: Money): string {
  return formatAmount(amount, minorUnitDigits(currency));
}

function currencyOf(outcomes: readonly Outcome[]): string {
  const [first] = outcomes;
  return first === undefined ? '' : parseMoney(first.cost).currency;
}

/** Milliseconds as seconds. */
export function seconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? 'none' : `${(milliseconds / 1000).toFixed(2)} s`;
}
