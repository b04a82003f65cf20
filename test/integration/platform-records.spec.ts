import { Client } from 'pg';

import { CustomerServer } from '../support/customer-server.js';
import { eventually } from '../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';
import type { SendAnswer } from '../support/uip-client.js';

interface Sms {
  readonly smsUid: string;
  readonly to: string;
  readonly state: number | null;
  readonly acceptedAt: string;
}
interface List<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

const LOCAL_REJECTED = 60;
const DELIVERED = 2;
const HOUR = 3_600_000;

let place: TestPlace;
let customer: CustomerServer;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  customer = await CustomerServer.start(place.certificates);
  platform = await TestPlatform.start({
    place,
    accounts: [
      account({ callbackUrl: customer.url, balance: '5' }),
      account({ name: 'other', authKey: 'other-key', callbackUrl: customer.url }),
    ],
    handsets: [
      { match: '*', reports: [{ state: 2, after: '0s' }] },
      { match: '*0000', reports: [] },
    ],
  });
});
afterAll(async () => {
  await platform.stop();
  await customer.stop();
  place.remove();
});

const numbers = (...msisdns: string[]) => msisdns.map((DEST_MSISDN) => ({ COUNTRY_CODE: 852, DEST_MSISDN }));
const uidsOf = (answer: SendAnswer) => answer.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID);
const list = async (query: string, name = 'demo'): Promise<List<Sms>> => {
  const { status, body } = await platform.admin(`GET /admin/v1/accounts/${name}/messages?${query}`);
  expect({ status, body: status === 200 ? undefined : body }).toEqual({ status: 200, body: undefined });
  return body;
};

describe("an account's messages", () => {
  let first: SendAnswer;
  let second: SendAnswer;

  beforeAll(async () => {
    // The balance covers 14 segments at 0.35: the last number of the second packet is left out.
    first = await platform.client.send({
      SMS_CONTENT: 'a'.repeat(161),
      MULTI_MSISDN_LIST: [
        ...numbers('67000011', '67000012', '67990000'),
        { COUNTRY_CODE: 65, DEST_MSISDN: '31234567' },
      ],
    });
    second = await platform.client.send({
      SMS_CONTENT: 'a'.repeat(161),
      MULTI_MSISDN_LIST: numbers('67000011', '67000013', '67000014', '67000015', '67000016'),
    });
    await platform.client.send({ AUTH_KEY: 'other-key', MULTI_MSISDN_LIST: numbers('67000011') });
    await eventually(async () => expect((await list('state=DELIVERED')).items).toHaveLength(6));
  });

  it('are listed, newest packet first, in the order of their lists, page by page', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: List<Sms> = await list(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ smsUid }) => smsUid));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([...uidsOf(second), ...uidsOf(first)]);
  });

  it('say what became of them and what they cost', async () => {
    const { items } = await list('number=%2B85267000016');
    expect(items).toEqual([
      {
        smsUid: uidsOf(second)[4],
        acceptedAt: expect.any(String) as string,
        to: '+85267000016',
        from: 'CloudSMS',
        route: 'R',
        encoding: 'gsm7',
        segments: 2,
        price: { amount: '0.35', currency: 'HKD' },
        cost: { amount: '0.00', currency: 'HKD' },
        state: LOCAL_REJECTED,
        stateName: 'LOCAL_REJECTED',
        stateAt: expect.any(String) as string,
        rejection: 'balance',
      },
    ]);
    expect((await list(`uid=${uidsOf(first)[0]}`)).items).toMatchObject([
      { to: '+85267000011', state: DELIVERED, cost: { amount: '0.70' }, rejection: null },
    ]);
  });

  it('are found by number, state, country and time, and only the account’s own', async () => {
    const tosOf = async (query: string) => (await list(query)).items.map(({ to }) => to);
    expect(await tosOf('number=85267000011')).toEqual(['+85267000011', '+85267000011']);
    expect(await tosOf('state=none')).toEqual(['+85267990000']);
    expect(await tosOf('state=60')).toEqual(['+85267000016', '+6531234567']);
    expect(await tosOf('country=65')).toEqual(['+6531234567']);
    const [newest] = (await list('limit=1')).items;
    expect(await tosOf(`acceptedTo=${newest?.acceptedAt}&limit=10`)).toHaveLength(4);
    expect(await tosOf(`acceptedFrom=${newest?.acceptedAt}`)).toHaveLength(5);
    expect((await list(`uid=${uidsOf(first)[0]}`, 'other')).items).toEqual([]);
    expect((await list('number=85267000011', 'other')).items).toHaveLength(1);
    expect((await list('uid=nobody')).items).toEqual([]);
    expect((await platform.admin('GET /admin/v1/accounts/demo/messages?state=9x')).status).toBe(400);
    expect((await platform.admin('GET /admin/v1/accounts/nobody/messages')).status).toBe(404);
  });

  it('look only so far at a time for what is rare, and go on from there', async () => {
    const { authKey } = await traffic('many', 2100);
    expect(authKey).toBe('many-key');
    const sizes: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: List<Sms> = await list(`number=85260000000${cursor === '' ? '' : `&cursor=${cursor}`}`, 'many');
      sizes.push(page.items.length);
      cursor = page.nextCursor;
    }
    expect(sizes).toEqual([0, 0, 1]);
  });
});

describe('a statement', () => {
  const read = async (name: string, month: string) => {
    const { status, headers, body } = await platform.admin(`GET /admin/v1/accounts/${name}/statement?month=${month}`);
    return { status, type: headers.get('content-type'), text: body as string };
  };

  it('has a line for each SMS of its month in UTC+8, and each costs what was debited', async () => {
    const clock: { now: string } = (await platform.admin('POST /admin/v1/clock/advance', { body: { by: '1s' } })).body;
    const month = new Date(Date.parse(clock.now) + 8 * HOUR).toISOString().slice(0, 7);
    const { status, type, text } = await read('demo', month);
    expect({ status, type }).toEqual({ status: 200, type: 'text/csv; charset=utf-8' });
    const [header, ...lines] = text.split('\n').slice(0, -1);
    expect(header).toBe('sms_uid,accepted_at,country_code,msisdn,segments,unit_price,amount,currency,state');
    expect(lines).toHaveLength(9);
    for (const line of lines)
      expect(line).toMatch(/^[0-9A-F]{32},\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+,\d+,2,0\.3[15],0\.(70|00),HKD,(2|60)?$/);
    const spent = lines.reduce((sum, line) => sum + Number(line.split(',')[6]), 0);
    expect(spent).toBeCloseTo(5 - Number(await platform.balanceOf()), 8);
    expect(lines.filter((line) => line.endsWith(',60')).every((line) => line.includes(',0.00,HKD,'))).toBe(true);
  });

  it('is whole and in order, however many packets share a millisecond', async () => {
    await traffic('dense', 730, 5);
    const { text } = await read('dense', '2026-03');
    const lines = text.split('\n').slice(1, -1);
    const uids = lines.map((line) => line.slice(0, 32));
    expect(lines).toHaveLength(730);
    expect(new Set(uids).size).toBe(730);
    const times = lines.map((line) => line.split(',')[1] ?? '');
    expect(times).toEqual([...times].sort());
    expect((await read('dense', '2026-02')).text.split('\n')).toHaveLength(2);
  });

  it('wants a month, and an account', async () => {
    expect((await read('demo', '2026-13')).status).toBe(400);
    expect((await read('nobody', '2026-01')).status).toBe(404);
  });
});

describe('a parked report', () => {
  it('is listed, and pushed again when an operator says so', async () => {
    customer.behaviour = { kind: 'code', code: 3 };
    const answer = await platform.client.send({
      AUTH_KEY: 'other-key',
      MULTI_MSISDN_LIST: numbers('67000021', '67000022'),
    });
    const [uid, another] = uidsOf(answer);
    const parked = async (query = '') =>
      ((await platform.admin(`GET /admin/v1/reports/parked${query}`)).body as List<Record<string, string>>).items;
    await eventually(() => expect(customer.statesOf(uid ?? '')).toHaveLength(1));
    // Hour by hour, until 24 of them were in vain.
    await eventually(
      async () => {
        await platform.admin('POST /admin/v1/clock/advance', { body: { by: '1h' } });
        expect(await parked('?account=other')).toHaveLength(2);
      },
      { timeout: 50_000 },
    );
    const [first] = await parked('?limit=1');
    expect(first).toMatchObject({
      smsUid: uid,
      account: 'other',
      state: DELIVERED,
      stateName: 'DELIVERED',
      lastError: 'RESULT_CODE 3',
    });
    expect(await parked('?account=demo')).toEqual([]);
    customer.behaviour = { kind: 'acknowledge' };
    const before = [customer.statesOf(uid ?? '').length, customer.statesOf(another ?? '').length];
    const one = await platform.admin(`POST /admin/v1/reports/parked/${first?.id}/repush`);
    expect(one).toMatchObject({ status: 200, body: { repushed: 1, more: false } });
    await eventually(() => expect(customer.statesOf(uid ?? '')).toHaveLength((before[0] ?? 0) + 1));
    const rest = await platform.admin('POST /admin/v1/reports/parked/repush', { body: { account: 'other' } });
    expect(rest.body).toEqual({ repushed: 1, more: false });
    await eventually(() => expect(customer.statesOf(another ?? '')).toHaveLength((before[1] ?? 0) + 1));
    expect((await platform.admin('POST /admin/v1/reports/parked/repush')).body).toEqual({ repushed: 0, more: false });
  });
});

/** An account with so many packets of one number each in March 2026, `together` of them at a time. */
async function traffic(name: string, packets: number, together = 1): Promise<{ authKey: string }> {
  const authKey = `${name}-key`;
  await platform.admin('POST /admin/v1/accounts', { body: { ...account({ name, authKey }) } });
  const client = new Client({ connectionString: platform.database.url });
  await client.connect();
  try {
    await client.query(
      `with a as (select id from account where name = $1),
       made as (
         select n,
           (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7000' || '8' || lpad(to_hex(n), 7, '0')
             || '00000000')::uuid as id
         from generate_series(0, $2::integer - 1) n),
       p as (
         insert into packet (id, accepted_at, account_id, encoding, segments, lane, sender, content)
         select made.id, timestamptz '2026-03-10 00:00:00Z' + (n / $3::integer) * interval '1 second', a.id, 0, 1, 0, 'S', '"x"'
         from made, a)
       insert into sms (packet_id, ordinal, country_code, msisdn)
       select made.id, 1, 852, (60000000 + n)::text from made`,
      [name, packets, together],
    );
  } finally {
    await client.end();
  }
  return { authKey };
}
