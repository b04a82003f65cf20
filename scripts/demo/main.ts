// The main job, seen: a throw-away instance of the whole program, a thousand SMS through it, and what became of them.
// Exit code 0 only when every SMS ended as its number says.
import path from 'node:path';

import { parseMoney } from '../../src/billing/domain/money.js';
import { GatewayClient } from '../sandbox/gateway-client.js';
import { PlatformClient } from '../sandbox/platform-client.js';
import { createDataDirectory, type Program, removeDataDirectory, startProgram } from '../sandbox/program.js';
import { ACCOUNT, type Check, checkAll } from './checks.js';
import { Terminal } from './terminal.js';
import type { Outcome } from './outcome.js';
import { follow, type Result, sendAll } from './run.js';
import { SHIPMENTS } from './scenario.js';
import { countryTable, outcomeTable, seconds, timesLine } from './tables.js';

/** Of what a program that failed has printed, its end says why. */
const LINES_OF_LOG = 20;

const terminal = new Terminal(process.stdout);

/** Shows everything; gives whether all was as it should be. */
async function demonstrate(program: Program, interrupted: AbortSignal): Promise<boolean> {
  const { local } = program;
  const gateway = new GatewayClient(local.apiUrl, local.apiKey);
  const platform = new PlatformClient(local.platformAdminUrl, local.platformAdminKey);
  try {
    const before = parseMoney(await platform.balance(ACCOUNT));
    const startedAt = performance.now();
    const results = await run(gateway, startedAt, interrupted);
    const took = performance.now() - startedAt;
    const checks = await checkAll(results, gateway, platform, before);
    report(results, checks, took);
    return checks.every(({ passed }) => passed);
  } finally {
    await Promise.all([gateway.close(), platform.close()]);
  }
}

async function run(gateway: GatewayClient, startedAt: number, interrupted: AbortSignal): Promise<Result[]> {
  const sent = await sendAll(gateway, SHIPMENTS);
  const total = sent.reduce((sum, { ids }) => sum + ids.length, 0);
  step(`${total.toLocaleString('en-US')} SMS accepted and stored in ${seconds(performance.now() - startedAt)}`);
  terminal.line();
  const progress = terminal.progress(total);
  try {
    const tell = (settled: number, messages: readonly Outcome[]): void => progress.update(settled, doing(messages));
    return await follow(gateway, sent, tell, interrupted);
  } finally {
    progress.finish();
  }
}

/** Where the messages stand, in the order of their life. */
function doing(messages: readonly Outcome[]): string {
  const of = (...statuses: readonly string[]): number =>
    messages.filter(({ status }) => statuses.includes(status)).length;
  const stages: readonly (readonly [number, string])[] = [
    [of('queued', 'sending'), 'queued'],
    [of('submitted'), 'with the platform'],
    [of('in_doubt'), 'in doubt'],
    [of('delivered'), 'delivered'],
  ];
  return stages
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count.toLocaleString('en-US')} ${name}`)
    .join(', ');
}

function report(results: readonly Result[], checks: readonly Check[], took: number): void {
  const outcomes = results.flatMap(({ outcomes }) => outcomes);
  const sections = [
    outcomeTable(terminal, results),
    countryTable(terminal, outcomes),
    [timesLine(terminal, outcomes)],
    checks.map(({ passed, text }) => `  ${passed ? terminal.good('✓') : terminal.bad('✗')} ${text}`),
  ];
  for (const lines of sections) terminal.line(`\n${lines.join('\n')}`);
  const failed = checks.some(({ passed }) => !passed);
  const count = outcomes.length.toLocaleString('en-US');
  const line = failed ? terminal.bad('Not as it should be.') : terminal.good('All as it should be:');
  terminal.line(`\n  ${line} ${count} SMS in ${seconds(took)}.\n`);
}

function step(text: string): void {
  terminal.line(`  ${terminal.good('✓')} ${text}`);
}

/** Starts the program, demonstrates, cleans up; gives the exit code. */
async function main(interrupted: AbortSignal): Promise<number> {
  terminal.line(
    `\n  ${terminal.bold('CloudSMS demo')}   ${terminal.dim('gateway ⇄ UIP over mutual TLS ⇄ platform ⇄ handsets')}\n`,
  );
  const dataDir = createDataDirectory('cloudsms-demo-');
  let program: Program | undefined;
  try {
    const startedAt = performance.now();
    program = await startProgram({
      main: path.join(import.meta.dirname, '../../src/main.js'),
      dataDir,
      detached: true,
      signal: interrupted,
    });
    step(`program started with a database of its own in ${seconds(performance.now() - startedAt)}`);
    const passed = await demonstrate(program, interrupted);
    if (!passed) tellLog(program);
    return passed ? 0 : 1;
  } catch (error) {
    if (interrupted.aborted) return 130;
    terminal.line(`\n  ${terminal.bad('✗')} ${error instanceof Error ? error.message : String(error)}`);
    if (program !== undefined) tellLog(program);
    return 1;
  } finally {
    await program?.stop();
    removeDataDirectory(dataDir);
  }
}

function tellLog(program: Program): void {
  const lines = program.output().trimEnd().split('\n').slice(-LINES_OF_LOG);
  terminal.line(`\n  The end of the program's log:\n${lines.map((line) => `    ${line}`).join('\n')}\n`);
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!interruption.signal.aborted) terminal.line('\n  Stopping ...');
    interruption.abort();
  });
}
process.exitCode = await main(interruption.signal);
