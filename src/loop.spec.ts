import { jest } from '@jest/globals';
import { pino } from 'pino';

import { Loop, type Next } from './loop.js';

const IDLE = 1000;
const STRIDE = 50;

let loop: Loop;
let begun: number[];
let ends: Next[];
let chance: number;

/** Lets so much time pass, and all that is due in it happen. */
const pass = (milliseconds: number): Promise<void> => jest.advanceTimersByTimeAsync(milliseconds);

beforeEach(async () => {
  jest.useFakeTimers();
  chance = 0;
  jest.spyOn(Math, 'random').mockImplementation(() => chance);
  const start = performance.now();
  begun = [];
  ends = [];
  loop = new Loop({
    name: 'test',
    round: () => {
      begun.push(performance.now() - start);
      return Promise.resolve(ends.shift() ?? false);
    },
    idle: IDLE,
    stride: STRIDE,
    logger: pino({ level: 'silent' }),
  });
  loop.start();
  await pass(10);
});

afterEach(async () => {
  await loop.stop();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('a loop', () => {
  it('looks when it is woken and after its idle time', async () => {
    loop.wake();
    await pass(IDLE);
    expect(begun).toEqual([0, 10, 10 + IDLE]);
  });

  it('is early by up to a fifth of its idle time, so that loops do not keep time with one another', async () => {
    chance = 0.5;
    loop.wake();
    await pass(IDLE);
    expect(begun).toEqual([0, 10, 10 + 0.9 * IDLE]);
    chance = 1;
    await pass(0.8 * IDLE);
    expect(begun).toEqual([0, 10, 10 + 0.9 * IDLE, 10 + 1.8 * IDLE]);
  });

  it('goes on at once where there is more', async () => {
    ends = [true, true];
    loop.wake();
    await pass(0);
    expect(begun).toEqual([0, 10, 10, 10]);
  });

  it('keeps its stride while there is something every time, however often it is woken, then looks at once again', async () => {
    ends = ['soon', 'soon'];
    loop.wake();
    for (let step = 0; step < 10; step += 1) {
      loop.wake();
      await pass(10);
    }
    expect(begun).toEqual([0, 10, 10 + STRIDE, 10 + 2 * STRIDE]);
    await pass(2 * STRIDE);
    loop.wake();
    await pass(0);
    expect(begun.at(-1)).toBe(10 + 100 + 2 * STRIDE);
  });

  it('shortens a stride for whom somebody waits, and to end', async () => {
    ends = ['soon', 'soon'];
    loop.wake();
    await pass(10);
    const round = loop.nextRound();
    await pass(0);
    await round;
    expect(begun).toEqual([0, 10, 20]);
    await loop.stop();
    await expect(loop.nextRound()).rejects.toMatchObject({ code: 'stopping' });
  });
});
