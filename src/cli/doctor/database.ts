import { Client } from 'pg';

import { checkServer } from '../../database/check-server.js';
import type { StatementRunner } from '../../database/database.js';
import { GATEWAY_MIGRATIONS } from '../../database/gateway-schema.js';
import { partitionsOf } from '../../database/migrate.js';
import { neededPartitions } from '../../database/partitions.js';
import type { Statement } from '../../database/statement.js';
import { type Finding, Findings } from './finding.js';
import type { Installation } from './installation.js';
import { checkSending } from './sending.js';

/** A setting that matters, and what it should be. */
interface Expectation {
  readonly name: string;
  readonly good: readonly string[];
  readonly why: string;
  /** In a sandbox a warning only. */
  readonly durability: boolean;
}

const EXPECTED: readonly Expectation[] = [
  { name: 'fsync', good: ['on'], why: 'what was acknowledged can be lost', durability: true },
  { name: 'full_page_writes', good: ['on'], why: 'a crash can damage the data', durability: true },
  {
    name: 'synchronous_commit',
    good: ['on', 'remote_apply', 'remote_write', 'local'],
    why: 'what was acknowledged can be lost, and sent twice',
    durability: true,
  },
  { name: 'autovacuum', good: ['on'], why: 'the queue grows slow', durability: false },
  { name: 'default_transaction_isolation', good: ['read committed'], why: 'statements rely on it', durability: false },
  { name: 'server_encoding', good: ['UTF8'], why: 'texts need it', durability: false },
];
/** Connections that one process of all roles takes, with some for operators. */
const CONNECTIONS = 60;
const UNDEFINED_TABLE = '42P01';

/**
 * Whether the gateway's database answers, is of the right version and schema, and set up so that nothing is lost; and what it
 * says of sending.
 * @returns the findings, and its clock less ours
 */
export async function checkDatabase({
  config,
  databaseUrl,
}: Installation): Promise<{ findings: Finding[]; clockOffset: number | undefined }> {
  const findings = new Findings('database');
  const nothing = { findings: findings.all, clockOffset: undefined };
  if (databaseUrl === undefined) {
    findings.fail(
      'the embedded PostgreSQL does not run',
      'npm start brings it up; or name another one in DATABASE_URL',
    );
    return nothing;
  }
  try {
    await checkServer(databaseUrl, 'DATABASE_URL');
  } catch (error) {
    findings.fail(error instanceof Error ? error.message : String(error), 'see there');
    return nothing;
  }
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'cloudsms doctor',
    query_timeout: 10_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const clockOffset = await offsetOf(client);
    await checkServerItself(client, config.sandbox, findings);
    const isReady = await checkSchema(client, findings);
    const more = isReady ? await checkSending(runnerOn(client)) : [];
    return { findings: [...findings.all, ...more], clockOffset };
  } finally {
    await client.end();
  }
}

function runnerOn(client: Client): StatementRunner {
  return {
    async run<Row extends object>({ text }: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
      return (await client.query<Row>(text, [...parameters])).rows;
    },
  };
}

/** Taken in the middle of the question. */
async function offsetOf(client: Client): Promise<number> {
  const asked = Date.now();
  const { rows } = await client.query<{ now: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
  );
  return (rows[0]?.now ?? asked) - (asked + Date.now()) / 2;
}

async function checkServerItself(client: Client, sandbox: boolean, findings: Findings): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name = any($1)
     union all select 'standby', pg_is_in_recovery()::text`,
    [[...EXPECTED.map(({ name }) => name), 'server_version', 'max_connections']],
  );
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
  findings.ok(`PostgreSQL ${settings.get('server_version') ?? ''} at ${client.host}:${client.port}`);
  if (settings.get('standby') === 'true')
    findings.fail('it is a standby: nothing can be written', 'DATABASE_URL must lead to the primary');
  let isGood = true;
  for (const { name, good, why, durability } of EXPECTED) {
    const value = settings.get(name) ?? '';
    if (good.includes(value)) continue;
    isGood = false;
    const text = `${name} = ${value}: ${why}`;
    const advice = `set it to ${good[0]}`;
    if (durability && sandbox) findings.warn(text, `${advice} where messages matter`);
    else findings.fail(text, advice);
  }
  if (isGood) findings.ok(EXPECTED.map(({ name }) => `${name} = ${settings.get(name)}`).join(', '));
  const connections = Number(settings.get('max_connections'));
  if (connections < CONNECTIONS)
    findings.warn(`max_connections = ${connections}`, `a process of all roles takes up to ${CONNECTIONS}: raise it`);
}

/** Whether its schema is the program's. */
async function checkSchema(client: Client, findings: Findings): Promise<boolean> {
  const known = GATEWAY_MIGRATIONS.map((migration) => new migration().name);
  const done = await migrationsOf(client);
  const pending = known.filter((name) => !done.includes(name));
  const newer = done.filter((name) => !known.some((each) => each === name));
  if (newer.length > 0) {
    const advice = 'run the newer version of the program that made it';
    findings.fail(`the schema is newer than this program: ${newer.join(', ')}`, advice);
  } else if (pending.length > 0) {
    const what =
      pending.length === known.length ? 'there is no schema yet' : `${pending.length} migrations are pending`;
    findings.warn(what, 'the next start brings it up to date; or npm run migration:run');
    return false;
  } else findings.ok(`the schema is up to date: ${known.length} migrations, the last ${known.at(-1)}`);
  await checkPartitions(client, findings);
  return true;
}

async function migrationsOf(client: Client): Promise<string[]> {
  try {
    const { rows } = await client.query<{ name: string }>('select name from migrations order by id');
    return rows.map(({ name }) => name);
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return [];
    throw error;
  }
}

async function checkPartitions(client: Client, findings: Findings): Promise<void> {
  const needed = partitionsOf('gateway').flatMap((table) =>
    neededPartitions(table, Date.now()).map(({ name }) => name),
  );
  const { rows } = await client.query<{ name: string }>(
    'select name from unnest($1::text[]) as name where to_regclass(name) is null',
    [needed],
  );
  if (rows.length === 0) findings.ok('partitions are there for four weeks ahead');
  else {
    const advice = 'is a worker running? It makes them; so does each start';
    findings.warn(`${rows.length} partitions of the next four weeks are missing`, advice);
  }
}
