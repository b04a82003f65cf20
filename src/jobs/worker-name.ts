import { randomBytes } from 'node:crypto';
import os from 'node:os';

/** Names a worker for operators: where it runs, and something that no other has. */
export function newWorkerName(): string {
  return `${os.hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;
}
