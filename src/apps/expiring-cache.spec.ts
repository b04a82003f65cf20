import { ExpiringCache } from './expiring-cache.js';

describe('an expiring cache', () => {
  let now = 0;
  const cache = () => new ExpiringCache<number>(100, 2, () => now);

  beforeEach(() => {
    now = 0;
  });

  test('forgets what is too old', () => {
    const values = cache();
    values.set('a', 1);
    now = 99;
    expect(values.get('a')).toBe(1);
    now = 100;
    expect(values.get('a')).toBeUndefined();
  });

  test('keeps the newest', () => {
    const values = cache();
    values.set('a', 1);
    values.set('b', 2);
    values.set('a', 3);
    values.set('c', 4);
    expect([values.get('a'), values.get('b'), values.get('c')]).toEqual([3, undefined, 4]);
  });
});
