import { Client } from 'pg';

import type { Secrets } from '../../src/config/secrets.js';
import { Database } from '../../src/database/database.js';
import { GATEWAY_PARTITIONS } from '../../src/database/gateway-tables.js';
import { underStartupLock } from '../../src/database/migrate.js';
import { makePartitions } from '../../src/database/partitions.js';
import { mergeAggregates } from '../../src/database/statements/aggregate-merge.js';
import * as statements from './statements.js';

/** What to fill a database with. */
export interface FillOptions {
  readonly url: string;
  /** Of the installation, so that numbers are found by their keyed hash. */
  readonly secrets: Pick<Secrets, 'hashNumber'>;
  readonly messages: number;
  readonly days: number;
  /** End of the last day, milliseconds. */
  readonly until: number;
  /** The same seed, end and sizes give the same messages (within a major version of PostgreSQL, whose hash it is). */
  readonly seed: number;
  /** Messages of a submission, at most 10,000. */
  readonly recipients: number;
  /** Names of apps; made where there are none. */
  readonly apps: readonly string[];
  /** Country calling codes; given a price where there is none. */
  readonly countries: readonly number[];
  /** How many numbers each country has. */
  readonly numbers: number;
  /** Whether the delivery reports are stored too, most of the space. */
  readonly reports: boolean;
  /** Told after each day. */
  readonly onDay?: (days: number) => void;
}

/** What the command fills with, where it is told nothing else. */
export const FILL_DEFAULTS = {
  messages: 100_000,
  days: 100,
  seed: 1,
  recipients: 20,
  apps: ['fill-1', 'fill-2', 'fill-3'],
  countries: [1, 65, 86, 852],
  numbers: 20_000,
  reports: true,
} as const satisfies Partial<FillOptions>;

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const MERGE = 5000;
/** Days that are filled side by side: it is the processor that fills wait for. */
const CONNECTIONS = 2;
/** Weeks and days that `makePartitions` makes ahead. */
const MADE_AHEAD = 4 * WEEK;
/** Tables that the messages of the past stand in. */
const TABLES = new Set(['submission', 'message', 'attempt', 'report', 'ledger_entry', 'sms_uid']);

/**
 * Fills a gateway's database with messages of the past that have all come to their end, through the tables and triggers that real ones
 * go through, a day a transaction, two days at a time. Events and webhooks are left out: they are kept for days only.
 */
export async function fillMessages(options: FillOptions): Promise<void> {
  const { url, days, until } = options;
  await makePastPartitions(url, until - days * DAY, until);
  const database = new Database({ url, connections: CONNECTIONS, name: 'cloudsms fill' });
  const filled = { begun: 0, done: 0 };
  const fillDays = (last: number) =>
    withSession(url, async (client) => {
      const context = await prepare(client, options);
      while (filled.begun < last) {
        await fillDay(client, context, options, filled.begun++);
        while ((await mergeAggregates(database, MERGE)) === MERGE);
        await client.query('vacuum aggregate_delta');
        options.onDay?.(++filled.done);
      }
    });
  try {
    // The first day makes the rows that all days change; days that made them side by side could wait for each other.
    await fillDays(Math.min(days, 1));
    await Promise.all(Array.from({ length: CONNECTIONS }, () => fillDays(days)));
    while ((await mergeAggregates(database, MERGE)) === MERGE);
    await withSession(url, async (client) => {
      await client.query(statements.PASS_SILENCE);
      await client.query('vacuum analyze');
    });
  } finally {
    await database.close();
  }
}

async function withSession(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: 'cloudsms fill',
    options: '-c timezone=UTC -c synchronous_commit=off -c jit=off',
  });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function makePastPartitions(url: string, from: number, until: number): Promise<void> {
  const tables = GATEWAY_PARTITIONS.filter(({ name }) => TABLES.has(name));
  await underStartupLock(url, async (client) => {
    for (let at = from; at < until + MADE_AHEAD; at += MADE_AHEAD)
      await makePartitions(client, tables, Math.min(at, until));
  });
}

interface FillContext {
  readonly appIds: readonly number[];
  readonly routeId: number;
  readonly currency: string;
}

async function prepare(client: Client, options: FillOptions): Promise<FillContext> {
  const route = await findRoute(client);
  const appIds = await findApps(client, options.apps);
  await client.query(
    `insert into price (country_code, currency, per_segment, version, valid_from, author)
     select country, $2::char(3), 0.35, 1, now(), 'fill' from unnest($1::integer[]) as country
     where not exists (select from price where country_code = country and currency = $2 and (route_id is null or route_id = $3))`,
    [options.countries, route.currency, route.id],
  );
  for (const sql of statements.PREPARE) await client.query(sql);
  await client.query(statements.PRICES, [options.countries, route.id]);
  await client.query(statements.NUMBERS, numbersOf(options));
  await client.query('analyze fill_number');
  return { appIds, routeId: route.id, currency: route.currency };
}

async function findRoute(client: Client): Promise<{ id: number; currency: string }> {
  await client.query(
    `insert into route (name, position, currency, segments_per_second) select 'Fill', 1, 'HKD', 1000 where not exists (select from route)`,
  );
  const { rows } = await client.query<{ id: number; currency: string }>(
    'select id, currency from route order by position limit 1',
  );
  const [route] = rows;
  if (route === undefined) throw new Error('there is no route');
  return route;
}

async function findApps(client: Client, names: readonly string[]): Promise<number[]> {
  await client.query('insert into app (name) select unnest($1::text[]) on conflict do nothing', [names]);
  const { rows } = await client.query<{ id: number }>('select id from app where name = any($1) order by id', [names]);
  return rows.map(({ id }) => id);
}

/** Subscribers: eight digits each, eleven in mainland China. */
function numbersOf({ countries, numbers, secrets }: FillOptions): [string[], string[], number[]] {
  const all = countries.flatMap((country) =>
    Array.from({ length: numbers }, (_, index) => ({
      country,
      msisdn: country === 86 ? String(13_900_000_000 + index) : String(61_000_000 + index),
    })),
  );
  return [
    all.map(({ msisdn }) => msisdn),
    all.map(({ country, msisdn }) => String(secrets.hashNumber(`${country}${msisdn}`))),
    all.map(({ country }) => country),
  ];
}

async function fillDay(client: Client, context: FillContext, options: FillOptions, day: number): Promise<void> {
  const { messages, days, until, seed, recipients, numbers, reports } = options;
  const submissions = Math.ceil(messages / recipients);
  const first = Math.floor((submissions * day) / days);
  const last = Math.floor((submissions * (day + 1)) / days) - 1;
  if (last < first) return;
  const begin = new Date(until - (days - day) * DAY);
  const { appIds, routeId, currency } = context;
  const [planSubmissions = '', planMessages = ''] = statements.PLAN_DAY;
  const [storeSubmissions = '', storeMessages = '', storeAttempts = '', storeUids = '', storeFlows = ''] =
    statements.STORE_DAY;
  const [planEntries = '', storeEntries = '', addBalances = ''] = statements.BOOK_DAY;
  await client.query('begin');
  try {
    await client.query(planSubmissions, [first, last, begin, seed, messages, recipients, appIds]);
    await client.query(planMessages, [seed, numbers]);
    await client.query('analyze fill_message');
    await client.query(storeSubmissions, [routeId]);
    await client.query(storeMessages, [routeId]);
    await client.query(storeAttempts, [seed]);
    await client.query(storeUids);
    await client.query(storeFlows, [routeId]);
    if (reports) await client.query(statements.STORE_REPORTS_OF_DAY, [seed]);
    await client.query(planEntries, [currency, seed]);
    await client.query(storeEntries, [currency]);
    await client.query(addBalances, [currency]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
