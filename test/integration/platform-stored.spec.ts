import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

import { readSandboxFile } from '../../src/config/sandbox-file.js';
import { TAKE_IN_PACKETS } from '../../src/database/statements/platform-intake.js';
import { createAccount } from '../../src/platform/accounts/create-account.js';
import { type AcceptedPacket, packetColumns } from '../../src/platform/intake/accepted-packet.js';
import { uuidv7, uuidv7Head } from '../../src/uuid.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { MeteredDatabase } from '../support/metered-database.js';

const LONG = process.env.TEST_SIZE === 'long';
const SIZES = LONG ? [10_000, 1_000_000] : [10_000, 100_000];
const SMS_A_PACKET = 100;
const ROUNDS = 3;
/** A limit against hanging. */
const PATIENCE = 3_600_000;

/** Packets that were taken in a while ago, all their SMS delivered; $1, $2: first and last, $3: account, $4: price. */
const FILL = [
  `create temporary table old_packet on commit drop as
   select n, (lpad(to_hex(floor(extract(epoch from now()) * 1000)::bigint - n), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
     || '8000' || lpad(to_hex(n), 4, '0') || '00000000')::uuid as id, now() - n * interval '1 ms' as at
   from generate_series($1::bigint, $2::bigint) as n`,
  `insert into packet (id, accepted_at, account_id, encoding, segments, lane, sender, content)
   select id, at, $1, 0, 1, 0, 'CloudSMS', '"text"' from old_packet order by id`,
  `insert into sms (packet_id, ordinal, country_code, msisdn, price_id, state, precedence, state_at)
   select id, ordinal, 852, '67000000', $1, 2, 10, at from old_packet cross join generate_series(1, ${SMS_A_PACKET}) as ordinal
   order by id, ordinal`,
  `insert into ledger_entry (id, at, packet_id, account_id, price_id, quantity, kind, currency, amount)
   select id, at, id, $1, $2, ${SMS_A_PACKET}, 'debit', 'HKD', -35 from old_packet order by id`,
  `insert into expiry_watch (packet_id, expires_at) select id, at + interval '25 hours' from old_packet order by id`,
];

let database: TestDatabase;
let client: Client;
let meter: MeteredDatabase;
let accountId: number;
let priceId: number;

async function fill(first: number, last: number): Promise<void> {
  const [plan = '', packets = '', sms = '', entries = '', watched = ''] = FILL;
  await client.query('begin');
  await client.query(plan, [first, last]);
  await client.query(packets, [accountId]);
  await client.query(sms, [priceId]);
  await client.query(entries, [accountId, priceId]);
  await client.query(watched);
  await client.query('commit');
  await client.query('vacuum analyze');
}

function packet(): AcceptedPacket {
  const price = { id: priceId, countryCode: 852, perSegment: 35_000_000n, validFrom: 0 };
  return {
    id: `${uuidv7Head(Date.now(), randomBytes(6))}00000000`,
    acceptedAt: Date.now(),
    routeId: undefined,
    dataCoding: 0,
    segments: 1,
    lane: 0,
    sender: 'CloudSMS',
    text: 'text',
    customerBody: undefined,
    sms: SMS_A_PACKET,
    numbers: Array.from({ length: SMS_A_PACKET }, (_, index) => ({
      ordinal: index + 1,
      countryCode: 852,
      msisdn: String(67_000_000 + index),
      price,
      rejection: undefined,
    })),
  };
}

async function pagesOfIntake(): Promise<number> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const newId = () => uuidv7(Date.now(), randomBytes(10));
    const parameters = [accountId, '35.00', SMS_A_PACKET, SMS_A_PACKET, null, ...packetColumns([packet()], newId)];
    expect(await meter.run(TAKE_IN_PACKETS, parameters)).toHaveLength(1);
  }
  return meter.take()[TAKE_IN_PACKETS.name] ?? 0;
}

beforeAll(async () => {
  database = await createTestDatabase('platform');
  client = new Client({ connectionString: database.url });
  await client.connect();
  meter = new MeteredDatabase(database.url);
  const [account] = readSandboxFile('sandbox.json').accounts;
  if (account === undefined) throw new Error('the sandbox file has no account');
  const rich = Object.assign(account, { balance: '1000000', ratePerSecond: 1_000_000, queueLimit: 1_000_000 });
  accountId = (await createAccount(meter, rich, randomBytes(32), Date.now())) ?? 0;
  const { rows } = await client.query<{ id: number }>('select id from price where country_code = 852');
  priceId = rows[0]?.id ?? 0;
  meter.take();
});
afterAll(async () => {
  await client.end();
  await meter.close();
  await database.drop();
});

test(
  `taking a packet in touches at most 1.5 times the pages with ${SIZES.at(-1)} SMS stored as with ${SIZES[0]}`,
  async () => {
    const pages: number[] = [];
    let stored = 0;
    for (const size of SIZES) {
      await fill(stored / SMS_A_PACKET + 1, size / SMS_A_PACKET);
      stored = size;
      pages.push(await pagesOfIntake());
    }
    const [few = 0, many = 0] = pages;
    expect(few).toBeGreaterThan(SMS_A_PACKET);
    expect({ few, many, grown: many > 1.5 * few }).toEqual({ few, many, grown: false });
  },
  PATIENCE,
);
