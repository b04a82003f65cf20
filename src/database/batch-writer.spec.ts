import { jest } from '@jest/globals';

import { BatchWriter, BatchWriterFullError } from './batch-writer.js';

/** A flush that waits until the test lets it go on. */
function controlled() {
  const flushes: { items: readonly number[]; finish: (error?: Error) => void }[] = [];
  const flush = (items: readonly number[]) =>
    new Promise<number[]>((resolve, reject) => {
      flushes.push({
        items,
        finish: (error) => (error === undefined ? resolve(items.map((item) => item * 10)) : reject(error)),
      });
    });
  /** A flush, once it has begun. */
  const begun = async (index: number) => {
    while (flushes.length <= index) await nextTurn();
    return flushes[index];
  };
  return { flushes, flush, begun };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const postgresError = () => Object.assign(new Error('bad row'), { code: '22001', severity: 'ERROR' });

describe('BatchWriter', () => {
  it('collects while one flush is in flight, and answers each caller with its own result', async () => {
    const { flushes, flush, begun } = controlled();
    const writer = new BatchWriter({ name: 'test', flush, maxFlush: 10, maxWaiting: 100 });
    const first = [writer.submit(1), writer.submit(2)];
    await begun(0);
    const second = [writer.submit(3), writer.submit(4), writer.submit(5)];
    expect(flushes.map(({ items }) => items)).toEqual([[1, 2]]);
    flushes[0].finish();
    expect(await Promise.all(first)).toEqual([10, 20]);
    (await begun(1)).finish();
    expect(await Promise.all(second)).toEqual([30, 40, 50]);
    expect(flushes).toHaveLength(2);
  });

  it('cuts what is waiting by weight, and lets an item go alone that is too heavy', async () => {
    const { flushes, flush, begun } = controlled();
    const writer = new BatchWriter({ name: 'test', flush, maxFlush: 5, maxWaiting: 100, weight: (item) => item });
    const all = [3, 2, 1, 50, 1].map((item) => writer.submit(item));
    for (let index = 0; index < 4; index += 1) {
      (await begun(index)).finish();
    }
    expect(await Promise.all(all)).toEqual([30, 20, 10, 500, 10]);
    expect(flushes.map(({ items }) => items)).toEqual([[3, 2], [1], [50], [1]]);
  });

  it('begins a further flush when a whole one is waiting, no more of them than it may, and leaves the rest to the last', async () => {
    const { flushes, flush, begun } = controlled();
    const writer = new BatchWriter({ name: 'test', flush, maxFlush: 2, maxWaiting: 100, streams: 2 });
    const all = [1, 2, 3].map((item) => writer.submit(item));
    await begun(0);
    await nextTurn();
    expect(flushes).toHaveLength(1);
    all.push(...[4, 5, 6].map((item) => writer.submit(item)));
    await begun(1);
    await nextTurn();
    expect(flushes.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    flushes[1].finish();
    (await begun(2)).finish();
    all.push(writer.submit(7));
    await nextTurn();
    flushes[0].finish();
    (await begun(3)).finish();
    expect(await Promise.all(all)).toEqual([10, 20, 30, 40, 50, 60, 70]);
    await writer.drain();
  });

  it.each([1, 2])('leaves nobody waiting who comes when a flush ends (%i streams)', async (streams) => {
    const flush = (items: readonly number[]) => Promise.resolve(items);
    const writer = new BatchWriter({ name: 'test', flush, maxFlush: 2, maxWaiting: 1000, streams });
    const comeAgain = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        await writer.submit(time);
        for (let step = 0; step < time % 7; step += 1) await Promise.resolve();
      }
    };
    await Promise.all([comeAgain(50), comeAgain(70), comeAgain(90), comeAgain(1)]);
    expect(writer.backlog).toBe(0);
  });

  it('gathers, where it may, until it is time or enough is waiting; what comes after a pause goes at once', async () => {
    jest.useFakeTimers();
    try {
      const flushes: (readonly number[])[] = [];
      const flush = (items: readonly number[]) => {
        flushes.push(items);
        return Promise.resolve(items);
      };
      const gather = { milliseconds: 10, weight: 3 };
      const writer = new BatchWriter({ name: 'test', flush, maxFlush: 10, maxWaiting: 100, gather });
      const submit = async (after: number, ...items: readonly number[]) => {
        await jest.advanceTimersByTimeAsync(after);
        const all = Promise.all(items.map((item) => writer.submit(item)));
        await jest.advanceTimersByTimeAsync(0);
        return { all };
      };
      const { all: first } = await submit(0, 1);
      await first;
      const { all: second } = await submit(4, 2);
      const { all: third } = await submit(4, 3);
      expect(flushes).toEqual([[1]]);
      await jest.advanceTimersByTimeAsync(2);
      expect(flushes).toEqual([[1], [2, 3]]);
      const { all: fourth } = await submit(1, 4, 5);
      const { all: fifth } = await submit(1, 6);
      expect(flushes).toEqual([[1], [2, 3], [4, 5, 6]]);
      const { all: sixth } = await submit(10, 7);
      expect(flushes.at(-1)).toEqual([7]);
      await Promise.all([second, third, fourth, fifth, sixth]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('refuses what it will not hold, and takes more once there is room', async () => {
    const { flush, begun } = controlled();
    const writer = new BatchWriter({ name: 'test', flush, maxFlush: 1, maxWaiting: 2 });
    const taken = [writer.submit(1)];
    await begun(0);
    taken.push(writer.submit(2), writer.submit(3));
    await expect(writer.submit(4)).rejects.toBeInstanceOf(BatchWriterFullError);
    for (let index = 0; index < 3; index += 1) {
      (await begun(index)).finish();
    }
    expect(await Promise.all(taken)).toEqual([10, 20, 30]);
    expect(writer.backlog).toBe(0);
  });

  it('repeats a refused flush item by item, so that one bad item harms nobody else', async () => {
    const flush = (items: readonly number[]) =>
      items.includes(2) ? Promise.reject(postgresError()) : Promise.resolve(items.map((item) => item * 10));
    const writer = new BatchWriter({ name: 'test', flush, maxFlush: 10, maxWaiting: 100 });
    const results = await Promise.allSettled([1, 2, 3].map((item) => writer.submit(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('never repeats a flush whose outcome is unknown', async () => {
    let flushes = 0;
    const flush = () => {
      flushes += 1;
      return Promise.reject(new Error('connection reset'));
    };
    const writer = new BatchWriter<number, number>({ name: 'test', flush, maxFlush: 10, maxWaiting: 100 });
    const results = await Promise.allSettled([1, 2].map((item) => writer.submit(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(flushes).toBe(1);
  });

  it('drains', async () => {
    const { flush, begun } = controlled();
    const writer = new BatchWriter({ name: 'test', flush, maxFlush: 10, maxWaiting: 100 });
    const written = writer.submit(1);
    const drained = writer.drain();
    (await begun(0)).finish();
    await drained;
    expect(await written).toBe(10);
  });
});
