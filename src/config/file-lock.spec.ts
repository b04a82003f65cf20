import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withFileLock } from './file-lock.js';
import { identifyProcess, isRunning, ownIdentity } from './process-identity.js';

let directory: string;
let lock: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-lock-'));
  lock = path.join(directory, 'lock');
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('withFileLock', () => {
  it('lets one in at a time, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withFileLock(lock, work)));
    expect(most).toBe(1);
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('is released when the work fails', async () => {
    await expect(withFileLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(withFileLock(lock, () => Promise.resolve(1))).resolves.toBe(1);
  });

  it.each([
    ['a dead process', () => ({ pid: deadPid(), startedAt: '', token: 'x' })],
    ['a process whose pid was given to another one', () => ({ pid: process.pid, startedAt: 'long ago', token: 'x' })],
  ])('takes over from %s', async (_case, holder) => {
    fs.writeFileSync(lock, JSON.stringify(holder()));
    let most = 0;
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 4 }, () => withFileLock(lock, work)));
    expect(most).toBe(1);
  });

  it('gives up on a holder that stays, and names it', async () => {
    fs.writeFileSync(lock, JSON.stringify({ ...ownIdentity(), token: 'x' }));
    await expect(withFileLock(lock, () => Promise.resolve(), 0)).rejects.toMatchObject({
      code: 'lock_timeout',
      message: expect.stringContaining(String(process.pid)) as string,
    });
    expect(fs.existsSync(lock)).toBe(true);
  });
});

describe('process identity', () => {
  it('knows this process, not a dead or an impossible one', () => {
    expect(identifyProcess(process.pid)).toEqual(ownIdentity());
    expect(isRunning(ownIdentity())).toBe(true);
    expect(identifyProcess(deadPid())).toBeUndefined();
    expect(identifyProcess(0)).toBeUndefined();
    expect(identifyProcess(Number.NaN)).toBeUndefined();
  });
});
