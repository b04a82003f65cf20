import { Snapshot } from './snapshot.js';

describe('a snapshot', () => {
  let now = 0;
  let readings = 0;
  let fail = false;
  const load = () => {
    readings += 1;
    return fail ? Promise.reject(new Error('away')) : Promise.resolve(readings);
  };
  const snapshot = () => new Snapshot({ load, maxAge: 100, monotonic: () => now });

  beforeEach(() => {
    now = 0;
    readings = 0;
    fail = false;
  });

  test('is read once for all who ask, and anew when it is too old', async () => {
    const table = snapshot();
    expect(await Promise.all([table.get(), table.get()])).toEqual([1, 1]);
    now = 99;
    expect(await table.get()).toBe(1);
    now = 100;
    expect(await table.get()).toBe(2);
    table.forget();
    expect(await table.get()).toBe(3);
  });

  test('does not remember a failure', async () => {
    const table = snapshot();
    fail = true;
    await expect(table.get()).rejects.toThrow('away');
    fail = false;
    expect(await table.get()).toBe(2);
  });
});
