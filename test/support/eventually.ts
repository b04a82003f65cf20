import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait, and how often to look; milliseconds. */
export interface EventuallyOptions {
  timeout?: number;
  interval?: number;
}

/**
 * Waits until `check` neither throws nor gives `false`, and returns what it gives. Use it with `expect` inside, so that the
 * last failure says what was missing.
 *
 * @throws the last failure of `check`, when the time is up
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeout = 30_000, interval = 20 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    let failure: unknown;
    try {
      const value = await check();
      if (value !== false) return value;
      failure = new Error(`The condition did not become true within ${timeout} ms`);
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) throw failure;
    await delay(interval);
  }
}
