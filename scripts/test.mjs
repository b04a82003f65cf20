// Everything that CI runs: format, lint, types, the lock file, then all tests. The last line is "N passed, N failed"; the
// exit code is 0 only when nothing failed and something was tested. --long runs the scenarios at full size.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const long = process.argv.includes('--long');
const env = { ...process.env, ...(long ? { TEST_SIZE: 'long' } : {}) };

/** Runs a program of ours or of the dependencies under this same Node; gives whether it succeeded. */
function run(...args) {
  const { status, signal } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
  if (signal === 'SIGINT' || signal === 'SIGTERM') process.exit(1);
  return status === 0;
}

const gates = [
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '.'],
  ['lint', 'node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
  ['types', 'node_modules/typescript/bin/tsc', '--noEmit'],
  ['lock file', 'scripts/check-lock.mjs'],
];
const failedGates = gates.filter(([name, ...command]) => {
  console.log(`\n== ${name}`);
  return !run(...command);
});

console.log(`\n== tests${long ? ' (full size)' : ''}`);
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-results-'));
const resultFile = path.join(directory, 'jest.json');
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const jestSucceeded = run(...jest, '--ci', '--silent', '--json', `--outputFile=${resultFile}`);
const result = fs.existsSync(resultFile) ? JSON.parse(fs.readFileSync(resultFile, 'utf8')) : undefined;
fs.rmSync(directory, { recursive: true, force: true });

const passed = result?.numPassedTests ?? 0;
const skipped = (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
// A spec file that could not be loaded counts as one failure, and so does a crash of Jest itself.
let failed = failedGates.length + (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0);
if (failed === failedGates.length && !jestSucceeded) failed += 1;
if (passed === 0 && failed === 0) {
  console.error('No test ran.');
  failed = 1;
}
console.log(failedGates.length > 0 ? `\nfailed: ${failedGates.map(([name]) => name).join(', ')}` : '');
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
