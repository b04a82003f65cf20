import { randomBytes } from 'node:crypto';

/** Bytes of one draw: a call of the system's generator costs as much for ten bytes as for thousands. */
const PORTION = 8192;

let portion = Buffer.alloc(0);
let used = 0;

/**
 * Secure random bytes, as `randomBytes` gives them, for ids that are made with every message. No byte is handed out twice.
 * @param count 1..1024
 */
export function pooledRandomBytes(count: number): Buffer {
  if (used + count > portion.length) {
    portion = randomBytes(PORTION);
    used = 0;
  }
  used += count;
  return portion.subarray(used - count, used);
}
