import * as fc from 'fast-check';

import { ApplicationError } from '../../errors.js';
import {
  fromNow,
  type PriceWish,
  timelineChanges,
  type TimelineVersion,
  withoutPrice,
  withPrice,
} from './price-timeline.js';

const NOW = 100;
const version = (id: number, from: number, until = Infinity): TimelineVersion => ({
  id,
  from,
  until,
  perSegment: BigInt(id),
  note: '',
});
const wish = (from: number, more: Partial<PriceWish> = {}): PriceWish => ({
  from,
  until: undefined,
  perSegment: 9n,
  note: '',
  resume: false,
  replace: false,
  ...more,
});
/** `price[from,until)` of all that hold, in order. */
const shown = (timeline: readonly TimelineVersion[]): string =>
  timeline
    .filter(({ from, until }) => from < until)
    .sort((one, other) => one.from - other.from)
    .map(({ perSegment, from, until }) => `${perSegment}[${from},${until})`)
    .join(' ');

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ApplicationError) return error.code;
    throw error;
  }
  return 'none';
}

describe('a price that is added', () => {
  it.each<[string, readonly TimelineVersion[], PriceWish, string]>([
    ['is the first', [], wish(100), '9[100,Infinity)'],
    ['ends what holds', [version(1, 50)], wish(120), '1[50,120) 9[120,Infinity)'],
    [
      'ends where the next begins',
      [version(1, 50, 200), version(2, 200)],
      wish(120),
      '1[50,120) 9[120,200) 2[200,Infinity)',
    ],
    ['leaves a gap where it is told to end', [version(1, 50)], wish(120, { until: 150 }), '1[50,120) 9[120,150)'],
    [
      'gives way again',
      [version(1, 50)],
      wish(120, { until: 150, resume: true }),
      '1[50,120) 9[120,150) 1[150,Infinity)',
    ],
    [
      'gives way to what was interrupted, up to its own end',
      [version(1, 50, 300), version(2, 300)],
      wish(120, { until: 150, resume: true }),
      '1[50,120) 9[120,150) 1[150,300) 2[300,Infinity)',
    ],
    [
      'replaces what has not begun',
      [version(1, 50, 200), version(2, 200, 300), version(3, 300)],
      wish(120, { replace: true }),
      '1[50,120) 9[120,Infinity)',
    ],
    [
      'replaces what begins at its moment',
      [version(1, 50, 200), version(2, 200)],
      wish(200, { replace: true }),
      '1[50,200) 9[200,Infinity)',
    ],
    [
      'replaces for a while',
      [version(1, 50, 200), version(2, 200)],
      wish(150, { until: 250, replace: true, resume: true }),
      '1[50,150) 9[150,250) 2[250,Infinity)',
    ],
    ['fills a gap of the past, where nothing was sold', [version(1, 90)], wish(10), '9[10,90) 1[90,Infinity)'],
    ['changes nothing where it stands already', [version(9, 50)], wish(50), '9[50,Infinity)'],
    ['does not see what was withdrawn', [version(1, 200, 200)], wish(120), '9[120,Infinity)'],
  ])('%s', (_, timeline, wished, expected) => {
    expect(shown(withPrice(timeline, wished, NOW))).toBe(expected);
  });

  it.each<[string, readonly TimelineVersion[], PriceWish, string]>([
    ['an end before its beginning', [], wish(120, { until: 120 }), 'invalid_price_period'],
    ['to give way without an end', [], wish(120, { resume: true }), 'invalid_price_period'],
    ['to change what held', [version(1, 50)], wish(99), 'price_in_past'],
    ['to change what has ended', [version(1, 50, 60)], wish(10), 'none'],
    ['to reach into what held', [version(1, 50, 60)], wish(10, { until: 55 }), 'price_in_past'],
    ['the moment of another', [version(1, 200)], wish(200), 'price_overlaps'],
    ['to hold while another begins', [version(1, 200)], wish(150, { until: 201 }), 'price_overlaps'],
    ['to replace what has begun', [version(1, 100)], wish(100, { replace: true }), 'price_in_past'],
  ])('is refused %s', (_, timeline, wished, code) => {
    expect(codeOf(() => withPrice(timeline, wished, NOW))).toBe(code);
  });

  it.each([
    ['at once where nothing begins', [version(1, 50)], 100],
    ['a moment later where another begins now', [version(1, 100), version(2, 101, 101)], 101],
    ['after what began just now by the clock of another process', [version(1, 140)], 141],
    ['before what is to begin in the future', [version(1, 50, 2000), version(2, 2000)], 100],
  ])('that is to hold from now on begins %s', (_, timeline, from) => {
    expect(fromNow(timeline, NOW)).toBe(from);
  });
});

describe('a price that is taken away', () => {
  const [held, future] = [version(1, 50, 200), version(2, 200, 300)];
  it('ends now where it holds', () => {
    expect(shown(withoutPrice([held, future], held, NOW))).toBe('1[50,100) 2[200,300)');
  });
  it('never begins where it has not, and the one before goes on', () => {
    expect(shown(withoutPrice([held, future], future, NOW))).toBe('1[50,300)');
  });
  it('is refused where it is over', () => {
    for (const over of [version(1, 50, 100), version(2, 200, 200)])
      expect(codeOf(() => withoutPrice([over], over, NOW))).toBe('price_over');
  });
});

it('never changes what has held, and never lets two hold at once, whatever is wished', () => {
  const wishes = fc.record({
    from: fc.integer({ min: 0, max: 40 }),
    length: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    resume: fc.boolean(),
    replace: fc.boolean(),
    step: fc.integer({ min: 0, max: 5 }),
  });
  const at = (timeline: readonly TimelineVersion[], time: number) =>
    timeline.filter(({ from, until }) => from <= time && time < until).map(({ perSegment }) => perSegment);
  fc.assert(
    fc.property(fc.array(wishes, { maxLength: 12 }), (all) => {
      let timeline: readonly TimelineVersion[] = [];
      let now = 0;
      all.forEach(({ from, length, resume, replace, step }, index) => {
        now += step;
        const until = length === undefined ? undefined : from + length;
        const before = timeline;
        try {
          timeline = withPrice(
            timeline,
            { from, until, resume, replace, perSegment: BigInt(index), note: '' },
            now,
          ).map((known, place) => ({ ...known, id: place }));
        } catch (error) {
          if (!(error instanceof ApplicationError)) throw error;
        }
        for (let time = 0; time < 80; time += 1) {
          const prices = at(timeline, time);
          expect(prices.length).toBeLessThanOrEqual(1);
          const held = at(before, time);
          if (time < now && held.length > 0) expect(prices).toEqual(held);
        }
        for (const { id, until } of timelineChanges(before, timeline).ended) {
          const known = before.find((other) => other.id === id);
          expect(until >= now || known === undefined || known.from >= now).toBe(true);
        }
      });
    }),
  );
});
