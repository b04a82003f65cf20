import { array, assert, integer, property, tuple } from 'fast-check';

import { type FoldedChanges, unfold } from './changes.js';

const SUBMISSION = '0190a000-0000-7000-8000-000000000000';

function folded(steps: readonly { readonly ranges: readonly (readonly [number, number])[] }[], last: number) {
  const size = steps.flatMap(({ ranges }) => ranges).reduce((sum, [from, to]) => sum + to - from, 0);
  const changes: FoldedChanges = {
    lastSequence: last,
    size,
    submissionIds: steps.map(() => SUBMISSION),
    ordinals: steps.map(({ ranges }) => `{${ranges.map(([from, to]) => `[${from},${to})`).join(',')}}`),
    statuses: steps.map((_, index) => index),
    times: steps.map(() => 1000),
    previous: steps.map(() => null),
    smsStates: steps.map(() => null),
    reasons: steps.map(() => null),
  };
  return changes;
}

describe('unfold', () => {
  it('numbers the messages of every range, step by step', () => {
    const row = folded(
      [
        { ranges: [[1, 3]] },
        {
          ranges: [
            [7, 8],
            [10, 12],
          ],
        },
      ],
      25,
    );
    expect(unfold(row, 0, 100).map(({ sequence, status, ordinal }) => [sequence, status, ordinal])).toEqual([
      [21, 0, 1],
      [22, 0, 2],
      [23, 1, 7],
      [24, 1, 10],
      [25, 1, 11],
    ]);
  });

  it('gives any stretch as the whole would have it', () => {
    const range = tuple(integer({ min: 1, max: 50 }), integer({ min: 1, max: 20 }));
    const steps = array(array(range, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 });
    assert(
      property(steps, integer({ min: 600, max: 1000 }), integer({ min: 1, max: 60 }), (lengths, after, limit) => {
        const row = folded(
          lengths.map((ranges) => ({ ranges: ranges.map(([from, count]) => [from, from + count] as const) })),
          1000,
        );
        const whole = unfold(row, 0, Number.MAX_SAFE_INTEGER);
        expect(whole).toHaveLength(row.size);
        expect(whole.at(-1)?.sequence).toBe(1000);
        expect(unfold(row, after, limit)).toEqual(whole.filter(({ sequence }) => sequence > after).slice(0, limit));
      }),
    );
  });
});
