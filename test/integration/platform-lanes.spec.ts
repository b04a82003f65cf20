import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { Client } from 'pg';

import { Database } from '../../src/database/database.js';
import { newSubmissionId } from '../../src/messaging/domain/message-id.js';
import { Carrier, type CarrierPacket } from '../../src/platform/carrier/carrier.js';
import { HandoverJob } from '../../src/platform/carrier/handover.job.js';
import { AddressList } from '../../src/uip/address-list.js';
import type { Account } from '../../src/platform/domain/account.js';
import type { AcceptedPacket } from '../../src/platform/intake/accepted-packet.js';
import { IntakeWriter } from '../../src/platform/intake/intake.writer.js';
import { Wakes } from '../../src/platform/wakes.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

const GENERAL = 0;
const HIGH = 1;

/** Takes everything, and remembers what came together. */
class RememberingCarrier extends Carrier {
  readonly rounds: CarrierPacket[][] = [];

  submit(packets: readonly CarrierPacket[]): Promise<void> {
    this.rounds.push([...packets]);
    return Promise.resolve();
  }

  get taken(): number {
    return this.rounds.reduce((sum, { length }) => sum + length, 0);
  }
}

let test: TestDatabase;
let database: Database;

beforeEach(async () => {
  test = await createTestDatabase('platform');
  database = new Database({ url: test.url, connections: 2, name: 'lanes' });
  const client = new Client({ connectionString: test.url });
  await client.connect();
  await client.query(`insert into account (name, auth_key_digest, currency, default_sender_id, rate_per_second, queue_limit,
      allowed_addresses, certificate_fingerprints)
    select 'a' || n, n::text::bytea, 'HKD', 'S', 100000, 100000, '{}', '{}' from generate_series(1, 3) n`);
  await client.query('insert into balance (account_id, amount, tokens) select id, 1000, 100000 from account');
  await client.query(
    'insert into price (account_id, country_code, per_segment, valid_from) select id, 852, 1, now() from account',
  );
  await client.end();
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

const accountOf = (id: number): Account => ({
  id,
  name: `a${id}`,
  currency: 'HKD',
  defaultSenderId: 'S',
  ratePerSecond: 100_000,
  queueLimit: 100_000,
  allowedAddresses: new AddressList([]),
  certificateFingerprints: new Set(),
  callbackUrl: undefined,
  revoked: false,
  routes: new Map(),
  prices: new Map(),
  registrations: [],
  blacklist: new Set(),
});

let next = Date.UTC(2026, 0, 1);
function packet(lane: number): AcceptedPacket {
  next += 1;
  return {
    id: newSubmissionId(Date.now(), randomBytes(6)),
    acceptedAt: next,
    routeId: undefined,
    dataCoding: 0,
    segments: 1,
    lane,
    sender: lane === HIGH ? 'high' : 'general',
    text: 'x',
    customerBody: undefined,
    sms: 1,
    numbers: [{ ordinal: 1, countryCode: 852, msisdn: '1', price: { id: 1, perSegment: 0n }, rejection: undefined }],
  };
}

/** Queues packets of an account; general ones are always older than the high ones that come after them. */
async function queue(accountId: number, lane: number, count: number): Promise<void> {
  const writer = new IntakeWriter(database);
  const packets = Array.from({ length: count }, () => packet(lane));
  await Promise.all(packets.map((each) => writer.store(accountOf(accountId), each)));
}

async function handOver(count: number): Promise<CarrierPacket[][]> {
  const carrier = new RememberingCarrier();
  const job = new HandoverJob(database, carrier, new Wakes(), pino({ level: 'silent' }));
  job.onApplicationBootstrap();
  await eventually(() => expect(carrier.taken).toBe(count));
  await job.onModuleDestroy();
  return carrier.rounds;
}

const of = (lane: string, packets: readonly CarrierPacket[]): number =>
  packets.filter(({ sender }) => sender === lane).length;

describe('SMS that wait for the carrier', () => {
  it('P3-PRIORITY-2 go by lane: high ones first, whatever has waited longer, and a tenth of each round for general ones', async () => {
    await queue(1, GENERAL, 120);
    for (const accountId of [1, 2, 3]) await queue(accountId, HIGH, 60);
    const [first, second] = await handOver(300);
    expect([of('high', first), of('general', first)]).toEqual([90, 10]);
    // At most 50 of an account go in a round: what one of them still has may leave some room.
    expect(of('high', second)).toBeGreaterThanOrEqual(80);
    expect(first.length + second.length).toBe(200);
  });

  it('are taken from every account, however much one of them has queued', async () => {
    await queue(1, GENERAL, 200);
    await queue(2, GENERAL, 3);
    await queue(3, GENERAL, 3);
    const [first] = await handOver(206);
    expect(first).toHaveLength(56);
  });

  it('of an account go in the order in which they were accepted', async () => {
    await queue(1, GENERAL, 70);
    const times = (await handOver(70)).flat().map(({ acceptedAt }) => acceptedAt);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });
});
