import { setTimeout as delay } from 'node:timers/promises';

import { CommandError } from './command-error.js';
import { NoAnswerError } from './rest-client.js';

const TRIES = 4;
const PAUSE = 500;

/**
 * Makes a call again where no answer came. The same idempotency key makes it safe: what was taken in the first time is not
 * taken in again.
 * @throws CommandError what the call throws; when no answer comes at all, it says how to go on
 */
export async function repeat<T>(work: () => Promise<T>, key: string): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      if (tried === TRIES) {
        const again = `Whether it was taken in is not known. Repeating is safe with: --idempotency-key ${key}`;
        throw new CommandError(error.message, [...error.hints, again], { cause: error });
      }
      await delay(PAUSE * tried);
    }
  }
}
