import { stageWalk, stepsOf, TIERS } from './recount-plan.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 0, 31, 12, 7);

describe('stageWalk', () => {
  const first = NOW - 20 * DAY;

  it('begins with the first bucket and ends with what is over for long enough', () => {
    const walk = stageWalk('soon', { known: undefined, first, sealed: undefined }, NOW, 10_000);
    expect(walk).toEqual({ from: first - 7 * MINUTE, to: NOW - HOUR - 7 * MINUTE, step: 15 * MINUTE });
  });

  it('goes on where it stopped, at most so far', () => {
    const known = NOW - 10 * DAY - 7 * MINUTE;
    const walk = stageWalk('reported', { known, first, sealed: undefined }, NOW, 3);
    expect(walk).toEqual({ from: known, to: known + 45 * MINUTE, step: 15 * MINUTE });
    expect([...stepsOf(walk)].map(({ from }) => (from - known) / MINUTE)).toEqual([0, 15, 30]);
  });

  it('has nothing to do before its time, nor before the seal', () => {
    const early = stageWalk('corrected', { known: NOW - DAY, first, sealed: undefined }, NOW, 10);
    expect([...stepsOf(early)]).toEqual([]);
    const sealed = NOW - 12 * DAY - 7 * MINUTE;
    expect(stageWalk('soon', { known: undefined, first, sealed }, NOW, 1).from).toBe(sealed);
  });

  it('compares tiers by whole days, sealed or not', () => {
    const walk = stageWalk(TIERS, { known: undefined, first, sealed: NOW }, NOW, 100);
    expect(walk).toEqual({ from: Date.UTC(2026, 0, 11), to: Date.UTC(2026, 0, 29), step: DAY });
  });
});
