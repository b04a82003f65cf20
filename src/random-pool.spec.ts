import { pooledRandomBytes } from './random-pool.js';

test('gives bytes of the length that is asked for, none of them twice', () => {
  const drawn = Array.from({ length: 5000 }, (_, index) => pooledRandomBytes(10 + (index % 3)));
  expect(drawn.every((bytes, index) => bytes.length === 10 + (index % 3))).toBe(true);
  expect(new Set(drawn.map((bytes) => bytes.toString('hex'))).size).toBe(drawn.length);
});
