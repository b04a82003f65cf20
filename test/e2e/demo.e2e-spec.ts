import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { childEnvironment } from '../../src/config/child-environment.js';
import { eventually } from '../support/eventually.js';
import { Programs } from '../support/program.js';

const programs = new Programs();
afterAll(() => programs.cleanUp());

/** Runs the built demonstration in a pipe, with a directory for temporary files of its own. */
function startDemo(): { child: ChildProcess; output: () => string; temporary: string } {
  const temporary = programs.dataDirectory();
  const child = spawn(process.execPath, [path.resolve('dist/scripts/demo/main.js')], {
    env: childEnvironment({ TMPDIR: temporary }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return { child, output: () => output, temporary };
}

const made = (temporary: string): string[] => fs.readdirSync(temporary).filter((name) => name.startsWith('cloudsms-'));

it('shows every outcome in plain lines, judges them, and leaves nothing behind', async () => {
  const { child, output, temporary } = startDemo();
  await once(child, 'close');
  expect(output()).toContain('✓ every SMS is in the state that its number stands for');
  expect(output()).toMatch(/^ {2}a bulk, 7 countries +1,000 +1,000 +347\.060 +delivered$/m);
  expect(output()).toMatch(/All as it should be: 1,027 SMS/);
  expect(output()).not.toContain('\u001B');
  expect(child.exitCode).toBe(0);
  expect(made(temporary)).toEqual([]);
}, 120_000);

it('cleans up when it is interrupted', async () => {
  const { child, output, temporary } = startDemo();
  const closed = once(child, 'close');
  await eventually(() => expect(output()).toContain('accepted and stored'), { timeout: 60_000 });
  child.kill('SIGINT');
  await closed;
  expect(child.exitCode).toBe(130);
  expect(made(temporary)).toEqual([]);
}, 120_000);
