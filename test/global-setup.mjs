// One PostgreSQL for the whole run, with a migrated template database for each half; specs clone them
// (test/support/databases.ts). TEST_DATABASE_URL names a server to use instead, PostgreSQL 15 or newer, with the right to
// create databases; one run at a time may use it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const prefix = 'cloudsms-test-';

const modified = (file) => fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** What this set-up takes from the build: older than its source, or absent, it would test yesterday's schema. */
function assertBuilt(source, seen = new Set()) {
  if (seen.has(source)) return;
  seen.add(source);
  const built = modified(`dist/${source.slice(0, -3)}.js`);
  if (built === 0 || modified(source) > Math.max(built, modified('dist/.built'))) {
    throw new Error(`dist/ lacks the present ${source}: run "npm run build" first.`);
  }
  for (const [, imported] of fs.readFileSync(path.join(root, source), 'utf8').matchAll(/from '(\..+)\.js'/g)) {
    assertBuilt(path.posix.join(path.posix.dirname(source), `${imported}.ts`), seen);
  }
}

const load = (name) => import(path.join(root, 'dist/src/database', name));

/** Milliseconds: longer than a run takes, also the long one. */
const forgottenAfter = 3 * 3_600_000;

/** Stops the servers of runs that were killed, and removes their data: not of one beside this, whose specs kill programs, too. */
async function sweep(stopAbandonedPostgres) {
  for (const name of fs.readdirSync(os.tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const directory = path.join(os.tmpdir(), name);
    const { mtimeMs = Infinity } = fs.statSync(directory, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs < forgottenAfter) continue;
    // The run's own server, one of a spec that tests the servers (test/integration/embedded-postgres.spec.ts), or that of
    // a program (test/support/program.ts).
    const data = ['', 'database', 'postgres']
      .map((name) => path.join(directory, name))
      .find((at) => fs.existsSync(path.join(at, 'server.json')));
    try {
      if (data !== undefined && (await stopAbandonedPostgres(data)))
        fs.rmSync(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or another run is at it.
    }
  }
}

async function startServer() {
  const { startEmbeddedPostgres, stopAbandonedPostgres } = await load('embedded-postgres.js');
  await sweep(stopAbandonedPostgres);
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), prefix));
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log: (line) => console.error(line) });
  const remove = () => {
    for (const directory of [dataDir, server.directory]) fs.rmSync(directory, { recursive: true, force: true });
  };
  // A run that is interrupted gets no teardown.
  const abort = () => {
    try {
      process.kill(server.pid, 'SIGQUIT');
    } catch {
      // It has ended already.
    }
    remove();
  };
  process.once('exit', abort);
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(code));
  }
  globalThis.stopTestPostgres = async () => {
    process.off('exit', abort);
    await server.stop();
    remove();
  };
  return server.url('postgres');
}

/** A template may have no sessions: it is closed to connections as soon as it is migrated. */
async function createTemplate(client, half, migrate) {
  const name = `template_${half}`;
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (rowCount > 0) {
    await client.query(`alter database ${name} with is_template false`);
    await client.query(`drop database ${name} with (force)`);
  }
  await client.query(`create database ${name}`);
  const url = new URL(process.env.TEST_POSTGRES_URL);
  url.pathname = `/${name}`;
  await migrate(half, url.href);
  await client.query(`alter database ${name} with allow_connections false is_template true`);
}

export default async function setup() {
  for (const name of ['embedded-postgres', 'migrate']) assertBuilt(`src/database/${name}.ts`);
  process.env.TEST_POSTGRES_URL = process.env.TEST_DATABASE_URL ?? (await startServer());
  const { migrate } = await load('migrate.js');
  const client = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  try {
    for (const half of ['gateway', 'platform']) await createTemplate(client, half, migrate);
  } catch (error) {
    await globalThis.stopTestPostgres?.();
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
