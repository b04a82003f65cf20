import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { acceptBulk } from './rows/accept-bulk.js';
import { acceptSingle } from './rows/accept-single.js';
import { bulk } from './rows/bulk.js';
import { fullCircle, fullCircleSingle } from './rows/full-circle.js';
import { memory } from './rows/memory.js';
import { openLoop } from './rows/open-loop.js';
import { platformRow } from './rows/platform.js';
import { reportIngest } from './rows/report-ingest.js';
import { storedRow } from './rows/stored.js';
import { twoProcesses } from './rows/two-processes.js';
import { CountMismatch } from './support/counts.js';
import { fdatasyncLatency } from './support/disk.js';
import { Environment, withClient } from './support/environment.js';
import { newestInstalled } from './support/installed-postgres.js';
import { markdownOf } from './support/markdown.js';
import { type BenchResult, medianRun } from './support/result.js';
import type { Bench, Row, RowResult } from './support/row.js';
import { readStatements, resetStatements } from './support/statements.js';
import { tableOf } from './support/table.js';

const ROWS: readonly Row[] = [
  acceptBulk,
  acceptSingle,
  bulk,
  fullCircle,
  fullCircleSingle,
  reportIngest,
  storedRow,
  openLoop,
  memory,
  platformRow,
  twoProcesses,
];

const SETTINGS = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'data_checksums',
  'shared_buffers',
  'max_wal_size',
];

/** As a value of --postgres: the server that the gateway brings along. */
const EMBEDDED = 'embedded';

const USAGE = `npm run bench -- [--quick] [--only NAME] [--pairs N] [--json FILE] [--profile DIRECTORY]
npm run bench -- --median FILE FILE FILE
  --quick    smaller amounts: two minutes for all
  --only     one row, by name or number; may be given several times: ${ROWS.map(({ name }) => name).join(', ')}
  --pairs    measurements of each side, after one that warms up; default 3
  --json     writes the result to a file as well
  --median   measures nothing: prints the one in the middle of several results of --json, in Markdown
  --profile  writes V8 CPU profiles of the gateway's processes, and what each SQL statement cost, to a directory
  --directory  where the data is kept while it runs; default /var/tmp
  --postgres the programs of the PostgreSQL to take, such as /usr/lib/postgresql/16/bin, or ${EMBEDDED}; default: the newest
             that is installed as a package, where there is one`;

interface Options {
  readonly rows: readonly Row[];
  readonly quick: boolean;
  readonly pairs: number;
  readonly json: string | undefined;
  readonly profile: string | undefined;
  /** Directory of its programs; undefined: the embedded one. */
  readonly postgres: string | undefined;
  readonly directory: string | undefined;
}

/** @throws Error with what is wrong, and how it is used */
function readOptions(): Options | { readonly median: readonly string[] } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      pairs: { type: 'string', default: '3' },
      json: { type: 'string' },
      profile: { type: 'string' },
      postgres: { type: 'string' },
      directory: { type: 'string' },
      median: { type: 'boolean', default: false },
    },
  });
  if (values.median !== positionals.length > 0) throw new Error(`files belong to --median\n${USAGE}`);
  if (values.median) return { median: positionals };
  const { quick, only, json, profile, directory } = values;
  const postgres = values.postgres === EMBEDDED ? undefined : (values.postgres ?? newestInstalled());
  const unknown = only.find((wanted) => !ROWS.some((row) => isMeant(row, wanted)));
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}\n${USAGE}`);
  const pairs = Number(values.pairs);
  if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs must be 1 or more\n${USAGE}`);
  const rows = only.length === 0 ? ROWS : ROWS.filter((row) => only.some((wanted) => isMeant(row, wanted)));
  return { rows, quick, pairs, json, profile, postgres, directory };
}

const isMeant = ({ name, number }: Row, wanted: string): boolean => wanted === name || wanted === String(number);

async function runRows(environment: Environment, options: Options): Promise<BenchResult> {
  const progress = (line: string): void => console.error(`  ${line}`);
  const bench: Bench = { ...options, environment, progress };
  const rows: RowResult[] = [];
  const failures: string[] = [];
  const fdatasync = fdatasyncLatency(environment.directory);
  for (const row of options.rows) {
    console.error(`row ${row.number}: ${row.name}`);
    try {
      const result = await withStatements(row, environment, options.profile, () => row.run(bench));
      rows.push(...[result].flat());
    } catch (error) {
      const what = error instanceof CountMismatch ? `the counts differ: ${error.message}` : describe(error);
      failures.push(`row ${row.number}, ${row.name}: ${what}`);
    }
  }
  const [cpu] = os.cpus();
  return {
    at: new Date().toISOString(),
    machine: { cores: os.availableParallelism(), model: cpu?.model ?? 'unknown', node: process.version },
    postgres: await environment.settings(SETTINGS),
    fdatasync,
    othersShare: environment.foreign.share,
    rows,
    failures,
  };
}

/** Runs a row; with a directory for profiles, writes down what its statements cost. */
async function withStatements<Result>(
  { name }: Row,
  { postgres }: Environment,
  directory: string | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  if (directory === undefined) return run();
  return withClient(postgres.url('postgres'), async (client) => {
    await resetStatements(client);
    const result = await run();
    fs.writeFileSync(path.join(directory, `${name}-statements.txt`), await readStatements(client));
    return result;
  });
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function print({ machine, postgres, fdatasync, othersShare, rows, failures }: BenchResult): void {
  const settings = Object.entries(postgres).map(([name, value]) => `${name}=${value}`);
  console.log(
    `\nmachine: ${machine.cores} × ${machine.model}, Node ${machine.node}; ${process.platform} ${os.release()}`,
  );
  console.log(`PostgreSQL: ${settings.join(' ')}`);
  console.log(
    `disk: fdatasync p50 ${fdatasync.p50.toFixed(2)} ms, p99 ${fdatasync.p99.toFixed(2)} ms; ` +
      `CPU that other programs took meanwhile: ${(othersShare * 100).toFixed(0)} %\n`,
  );
  console.log(tableOf(rows));
  console.log(
    'Medians. CPU µs: a unit, by process; in parentheses load generator and stub. Ratios: product ÷ reference, pair by pair.',
  );
  for (const failure of failures) console.log(`FAILED ${failure}`);
}

async function main(): Promise<void> {
  const options = readOptions();
  if ('median' in options) {
    const results = options.median.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')) as BenchResult);
    console.log(markdownOf(medianRun(results)));
    return;
  }
  if (options.profile !== undefined) fs.mkdirSync(options.profile, { recursive: true });
  const environment = await Environment.create({
    watchStatements: options.profile !== undefined,
    programs: options.postgres,
    place: options.directory,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void environment.close().finally(() => process.exit(1)));
  }
  try {
    const result = await runRows(environment, options);
    print(result);
    if (options.json !== undefined) fs.writeFileSync(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
    if (result.failures.length > 0) process.exitCode = 1;
  } finally {
    await environment.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
