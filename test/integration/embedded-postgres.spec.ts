import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { identifyProcess } from '../../src/config/process-identity.js';
import { stageBinaries } from '../../src/database/embedded-postgres-binaries.js';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
  stopAbandonedPostgres,
} from '../../src/database/embedded-postgres.js';
import { ensureDatabase } from '../../src/database/ensure-database.js';
import { eventually } from '../support/eventually.js';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const asRoot = process.getuid?.() === 0;

let base: string;
let dataDir: string;
const servers: EmbeddedPostgres[] = [];
const programs: ChildProcess[] = [];

beforeEach(() => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-test-embedded-'));
  fs.chmodSync(base, 0o755);
  dataDir = path.join(base, 'database');
});

afterEach(async () => {
  for (const program of programs.splice(0)) {
    if (program.exitCode === null && program.signalCode === null) {
      program.stdin?.end();
      await once(program, 'exit');
    }
  }
  const started = servers.splice(0);
  for (const server of started) await server.stop();
  for (const directory of [base, ...started.map((server) => server.directory)]) {
    fs.rmSync(directory, { recursive: true, force: true });
  }
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, durable: false, ...options });
  servers.push(server);
  return server;
}

interface Program {
  process: ChildProcess;
  ready: Promise<{ adopted: boolean; pid: number; url: string }>;
}

/** Another program on the same data directory. */
function startProgram(): Program {
  const script = path.join(root, 'test/support/embedded-postgres-program.mjs');
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  programs.push(child);
  const lines = createInterface({ input: child.stdout });
  const ready = (async () => {
    for await (const line of lines) return JSON.parse(line) as { adopted: boolean; pid: number; url: string };
    throw new Error('the program ended before it was ready');
  })();
  return { process: child, ready };
}

async function kill(program: Program): Promise<void> {
  program.process.kill('SIGKILL');
  await once(program.process, 'exit');
}

async function end(program: Program): Promise<void> {
  program.process.stdin?.end();
  await once(program.process, 'exit');
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const gone = (pid: number): boolean => identifyProcess(pid) === undefined;

describe('start and stop', () => {
  it('serves localhost with a password, and keeps the data for the next start', async () => {
    const first = await start();
    expect(first.adopted).toBe(false);
    await query(first.url('postgres'), 'create table kept as select 42 as answer');
    expect(fs.statSync(path.join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    const settings = await query<{ name: string; setting: string }>(
      first.url('postgres'),
      `select name, setting from pg_settings where name in ('listen_addresses', 'max_connections', 'fsync') order by name`,
    );
    expect(settings.map(({ setting }) => setting)).toEqual(['off', '127.0.0.1', '200']);
    const stranger = new URL(first.url('postgres'));
    stranger.password = 'guess';
    await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
    await first.stop();
    await first.stop();
    expect(gone(first.pid)).toBe(true);

    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url('postgres'), 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('is durable by default, and takes settings', async () => {
    const server = await start({ durable: true, settings: { work_mem: '8MB' } });
    const rows = await query<{ fsync: string; memory: string }>(
      server.url('postgres'),
      `select current_setting('fsync') as fsync, current_setting('work_mem') as memory`,
    );
    expect(rows).toEqual([{ fsync: 'on', memory: '8MB' }]);
  });

  it('creates a database once, also when several ask', async () => {
    const server = await start();
    const name = `odd "name"`;
    const urls = await Promise.all(Array.from({ length: 4 }, () => ensureDatabase(server.url('postgres'), name)));
    expect(urls).toEqual(urls.map(() => server.url(name)));
    expect(await query(server.url(name), 'select current_database() as name')).toEqual([{ name }]);
  });

  it('says what to do when its port is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({ code: 'embedded_postgres_port_in_use', kind: 'unavailable' });
    other.close();
  });

  it('refuses the data of another major version', async () => {
    await (await start()).stop();
    fs.writeFileSync(path.join(dataDir, 'cluster/PG_VERSION'), '12\n');
    await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_version' });
  });
});

describe('after a crash', () => {
  it('waits for the backends of a killed postmaster, then recovers what was committed', async () => {
    const first = await start({ durable: true });
    await query(first.url('postgres'), 'create table kept as select 42 as answer');
    const client = new Client({ connectionString: first.url('postgres') });
    client.on('error', () => undefined);
    await client.connect();
    // Busy, not sleeping: a sleeping backend notices the death at once.
    const busy = client
      .query('select count(*) from generate_series(1, 5000) a, generate_series(1, 5000) b')
      .catch((error: unknown) => error);
    await eventually(async () => {
      const rows = await query<{ count: string }>(
        first.url('postgres'),
        `select count(*) from pg_stat_activity where state = 'active' and query like '%5000) b'`,
      );
      expect(rows).toEqual([{ count: '1' }]);
    });
    process.kill(first.pid, 'SIGKILL');

    const second = await start({ durable: true });
    expect(second.adopted).toBe(false);
    expect(second.pid).not.toBe(first.pid);
    expect(await query(second.url('postgres'), 'select answer from kept')).toEqual([{ answer: 42 }]);
    await busy;
    await client.end().catch(() => undefined);
    await first.stop();
    expect(gone(second.pid)).toBe(false);
  });

  it('is not misled by a pid that another process has by now', async () => {
    const first = await start();
    await first.stop();
    const pidFile = path.join(dataDir, 'cluster/postmaster.pid');
    fs.writeFileSync(pidFile, `${process.ppid}\n${path.dirname(pidFile)}\n1\n1\n\n127.0.0.1\n0 0\nready   \n`);
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('adopts the server of a killed program and owns it', async () => {
    const starter = startProgram();
    const { pid } = await starter.ready;
    await kill(starter);
    expect(gone(pid)).toBe(false);

    const heard: string[] = [];
    const server = await start({ log: (line) => heard.push(line) });
    expect(server).toMatchObject({ adopted: true, pid });
    expect(heard.join()).toContain('taken over');
    await server.stop();
    expect(gone(pid)).toBe(true);
  });

  it('stops the server that a killed program has left, and only such a one', async () => {
    const starter = startProgram();
    const { pid } = await starter.ready;
    expect(await stopAbandonedPostgres(dataDir)).toBe(false);
    await kill(starter);
    expect(await stopAbandonedPostgres(dataDir)).toBe(true);
    expect(gone(pid)).toBe(true);
  });
});

describe('several programs', () => {
  it('share one server when they start at once', async () => {
    const all = [startProgram(), startProgram(), startProgram()];
    const states = await Promise.all(all.map((program) => program.ready));
    expect(new Set(states.map((state) => state.pid)).size).toBe(1);
    expect(states.filter((state) => !state.adopted)).toHaveLength(1);
  });

  it('leave the server to the one that started it', async () => {
    const starter = startProgram();
    const { pid } = await starter.ready;
    const guest = await start();
    expect(guest).toMatchObject({ adopted: true, pid });
    await guest.stop();
    expect(await query(guest.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
    await end(starter);
    expect(gone(pid)).toBe(true);
  });

  it('pass the server on when its owner dies', async () => {
    const starter = startProgram();
    const { pid } = await starter.ready;
    const heir = await start();
    await kill(starter);
    const guest = startProgram();
    await guest.ready;
    await end(guest);
    expect(gone(pid)).toBe(false);
    await heir.stop();
    expect(gone(pid)).toBe(true);
  });
});

// PostgreSQL refuses to run as root; who is no root cannot try it.
(asRoot ? describe : describe.skip)('as root', () => {
  it('runs the server as another user', async () => {
    const server = await start();
    expect(fs.statSync(`/proc/${server.pid}`).uid).not.toBe(0);
    expect(fs.statSync(path.join(dataDir, 'cluster')).uid).not.toBe(0);
  });

  it('keeps the data where that user can reach it, finds it again, and says so', async () => {
    fs.chmodSync(base, 0o700);
    const heard: string[] = [];
    const first = await start({ log: (line) => heard.push(line) });
    expect(first.directory).not.toBe(dataDir);
    expect(heard.join()).toContain(first.directory);
    await query(first.url('postgres'), 'create table kept as select 42 as answer');
    await first.stop();

    const second = await start();
    expect(second.directory).toBe(first.directory);
    expect(await query(second.url('postgres'), 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
    fs.rmSync(second.directory, { recursive: true });
    await expect(start()).rejects.toMatchObject({ code: 'embedded_postgres_data_missing' });
  });

  it('copies the programs whole, and again when a cleaner has taken some', () => {
    const source = path.join(base, 'package');
    fs.mkdirSync(path.join(source, 'native/bin'), { recursive: true });
    fs.writeFileSync(path.join(source, 'native/bin/postgres'), 'program', { mode: 0o755 });
    fs.symlinkSync('postgres', path.join(source, 'native/bin/link'));

    const staged = stageBinaries(source, '18.4', base);
    expect(fs.readFileSync(path.join(staged, 'native/bin/link'), 'utf8')).toBe('program');
    fs.rmSync(path.join(staged, 'native/bin/postgres'));
    expect(stageBinaries(source, '18.4', base)).toBe(staged);
    expect(fs.readFileSync(path.join(staged, 'native/bin/postgres'), 'utf8')).toBe('program');

    fs.chownSync(staged, 65_534, 65_534);
    expect(() => stageBinaries(source, '18.4', base)).toThrow('delete it and start again');
  });
});
