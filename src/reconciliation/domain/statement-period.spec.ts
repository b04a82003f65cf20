import { monthOf, parsePeriod } from './statement-period.js';
import { PHASE_CODE, progressOf } from './run-phase.js';

it.each([
  ['2026-10', '2026-09-30T16:00:00Z', '2026-10-31T16:00:00Z', '2026-09', '2026-11'],
  ['2026-01', '2025-12-31T16:00:00Z', '2026-01-31T16:00:00Z', '2025-12', '2026-02'],
  ['2028-02-29', '2028-02-28T16:00:00Z', '2028-02-29T16:00:00Z', '2028-02-28', '2028-03-01'],
])('the period %s', (name, from, to, previous, next) => {
  expect(parsePeriod(name)).toEqual({ name, from: Date.parse(from), to: Date.parse(to), previous, next });
});

it.each(['2026', '2026-13', '2026-02-30', '2026-1', ' 2026-01', '1999-01'])('refuses %p', (name) => {
  expect(parsePeriod(name)).toBeUndefined();
});

it('knows the month of UTC+8 of a time', () => {
  expect(monthOf(Date.parse('2026-09-30T16:00:00Z'))).toBe('2026-10');
  expect(monthOf(Date.parse('2026-09-30T15:59:59Z'))).toBe('2026-09');
});

it('says how far a run is, four passes alike', () => {
  const run = { collected: 0.5, lines: 10, linesMatched: 0, linesJudged: 0, items: 20, itemsJudged: 0 };
  expect(progressOf({ ...run, phase: PHASE_CODE.collect })).toBe(0.125);
  expect(progressOf({ ...run, phase: PHASE_CODE.match, linesMatched: 5 })).toBe(0.375);
  expect(progressOf({ ...run, phase: PHASE_CODE.judge_items, itemsJudged: 20 })).toBe(1);
  expect(progressOf({ ...run, phase: PHASE_CODE.collect, collected: 7, items: 0, lines: 0 })).toBe(0.25);
});
