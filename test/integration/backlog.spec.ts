import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

import type { StatementRunner } from '../../src/database/database.js';
import { claim, type ClaimedPacket, type ClaimOptions } from '../../src/database/statements/claim.js';
import type { Statement } from '../../src/database/statement.js';
import { uuidv7 } from '../../src/uuid.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const LARGE = process.env.TEST_SIZE === 'long' ? 1_000_000 : 20_000;
const SMALL = 500;
const OTHER_APP = 77;

const newId = () => uuidv7(Date.now(), randomBytes(10));

let traffic: GatewayTraffic;
let client: Client;

beforeEach(async () => {
  traffic = await GatewayTraffic.create();
  await traffic.rows('update route set segments_per_second = 1000000, tokens = 500000');
  // As the program's own connections have it.
  const [settings] = await traffic.rows<{ options: string }>(
    `select string_agg('-c ' || name || '=' || setting, ' ') as options from pg_settings where source = 'client' and name ~ '^(enable_|jit$|plan_cache_mode)'`,
  );
  client = new Client({ connectionString: traffic.url, options: settings?.options });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await traffic.drop();
});

/** Messages of another app that wait, each in a packet of its own, due before anything else. */
async function backlog(count: number): Promise<void> {
  const submissionId = await traffic.submit(['67000000'], { appId: OTHER_APP });
  const from = `from generate_series(2, $2::int) as ordinal`;
  await client.query(
    `insert into message (submission_id, ordinal, created_at, app_id, country_code, price_id, route_id, segments, encoding,
       number_hash, msisdn)
     select $1, ordinal, now(), ${OTHER_APP}, 852, ${traffic.priceId}, 1, 1, 0, ordinal, '67000000' ${from}`,
    [submissionId, count],
  );
  await client.query(
    `insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, first_ordinal, members)
     select $1, now() - interval '1 hour', now() + interval '1 day', ${OTHER_APP}, 1, 0, 1, ordinal, array[ordinal] ${from}`,
    [submissionId, count],
  );
  await client.query('analyze packet');
}

const optionsOf = (limit: number): ClaimOptions => ({
  workerId: newId(),
  attemptIds: Array.from({ length: limit }, newId),
  now: traffic.clock.now() + 1000,
  window: 60_000,
  proven: [1],
  probing: [],
  keptForNormal: 0,
});

const claimSome = (limit: number): Promise<ClaimedPacket[]> => claim(traffic.database, optionsOf(limit));

async function postCode(lane: 0 | 1): Promise<string> {
  const id = await traffic.submit(['67999999']);
  await traffic.rows('update packet set lane = $2 where submission_id = $1', [id, lane]);
  await traffic.rows('insert into flow select route_id, $1::smallint, app_id from flow on conflict do nothing', [lane]);
  return id;
}

/** Pages that a claim touches, without its being made. */
async function pagesOf(limit: number): Promise<number> {
  let pages = 0;
  const explaining: StatementRunner = {
    async run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
      await client.query('begin');
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
        `explain (analyze, buffers, timing off, format json) ${statement.text}`,
        [...parameters],
      );
      await client.query('rollback');
      const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
      pages = (plan?.Plan['Shared Hit Blocks'] ?? 0) + (plan?.Plan['Shared Read Blocks'] ?? 0);
      return [];
    },
  };
  await claim(explaining, optionsOf(limit));
  return pages;
}

it(`a code posted behind ${LARGE} queued SMS of another app is the first packet to leave`, async () => {
  await backlog(LARGE);
  const code = await postCode(1);
  const packets = await claimSome(4);
  expect(packets[0]).toMatchObject({ submissionId: code, lane: 1 });
  expect(packets.slice(1).map(({ appId }) => appId)).toEqual([OTHER_APP, OTHER_APP, OTHER_APP]);
});

it(`a normal SMS posted behind ${LARGE} of another app is in the first claim with room for both`, async () => {
  await backlog(LARGE);
  const message = await postCode(0);
  const packets = await claimSome(4);
  expect(packets.map(({ submissionId }) => submissionId)).toContain(message);
});

it('a claim touches no more pages behind a large backlog than behind a small one', async () => {
  await backlog(SMALL);
  await postCode(1);
  await pagesOf(8);
  const behindSmall = await pagesOf(8);
  await backlog(LARGE);
  await pagesOf(8);
  expect(await pagesOf(8)).toBeLessThan(behindSmall * 1.5);
});

it('apps share, and one in ten is normal, however few packets a claim takes', async () => {
  const { NormalShare } = await import('../../src/messaging/domain/route-proof.js');
  await backlog(SMALL);
  const normals = new Set<number>();
  await traffic.rows(
    `insert into flow select 1, lane, app from generate_series(0, 1) as lane, unnest(array[${traffic.appId}, ${OTHER_APP}]) as app on conflict do nothing`,
  );
  for (let index = 0; index < 60; index += 1) await postCode(1);
  const share = new NormalShare();
  const lanes: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    const packets = await claim(traffic.database, { ...optionsOf(1), keptForNormal: share.kept });
    const normal = packets.filter(({ lane }) => lane === 0).length;
    share.onClaim(packets.length, normal);
    lanes.push(...packets.map(({ lane }) => lane));
    if (normal > 0) normals.add(index);
  }
  expect(lanes.filter((lane) => lane === 0)).toHaveLength(3);
  expect(lanes).toHaveLength(40);
});
