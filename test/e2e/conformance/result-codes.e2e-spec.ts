import { Client } from 'pg';

import { answerTo, CODE, codesOf, hongKong, spentBy, to } from '../../support/conformance.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';

let place: TestPlace;
let platform: TestPlatform;

const china = { countryCode: 86, perSegment: '0.0575' };
const handsets = [
  { match: '*', reports: [] },
  { match: '*7014', answer: { numberResultCode: CODE.Send_failed } },
  { match: '*7015', answer: { resultCode: CODE.Send_failed } },
];

beforeAll(async () => {
  place = await makePlace();
  const blacklist = [852, 91, 355].map((countryCode) => ({ countryCode, msisdn: '67999999' }));
  const india = { countryCode: 91, perSegment: '0.1' };
  platform = await TestPlatform.start({
    place,
    handsets,
    accounts: [
      account({ prices: [{ countryCode: 852, perSegment: '0.35' }, china, india], blacklist }),
      account({ name: 'slow', authKey: 'slow-key', ratePerSecond: 1 }),
      account({ name: 'full', authKey: 'full-key', queueLimit: 1 }),
      account({ name: 'both', authKey: 'both-key', queueLimit: 1, ratePerSecond: 1 }),
      account({ name: 'elsewhere', authKey: 'elsewhere-key', allowedAddresses: ['192.0.2.1'] }),
    ],
  });
  // A packet larger than a second's SMS leaves a debt of minutes: every later one is over the rate.
  await platform.client.send({ AUTH_KEY: 'slow-key', MULTI_MSISDN_LIST: hongKong(200) });
  const refused = hongKong(200).map((entry) => ({ ...entry, COUNTRY_CODE: 999 }));
  await platform.client.send({ AUTH_KEY: 'both-key', MULTI_MSISDN_LIST: refused });
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

const two = { MULTI_MSISDN_LIST: hongKong(2) };
const tooLong = 'x'.repeat(1531);

/** A fault of a packet: the id of its rule, its place in the order of judging, the members that make it, the code that answers it. */
type Fault = readonly [id: string, stage: number, members: Record<string, unknown>, code: number];

/** Every kind of fault that can stand beside others in one packet, in the order of protocol.md 4. */
const faults: Fault[] = [
  ['P4-LOST-1', 1, { METHOD: undefined }, CODE.Lost_info],
  ['P4-LOST-1', 1, { TYPE: '' }, CODE.Lost_info],
  ['P4-LOST-1', 1, { SERIAL: null }, CODE.Lost_info],
  ['P4-PARAMETER-1', 2, { METHOD: 'SMS_PUSH_REPORT' }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 2, { TYPE: 'ANSWER' }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 2, { SERIAL: 65_536 }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 3, { AUTH_KEY: undefined }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 3, { AUTH_KEY: 5 }, CODE.Invalid_parameter],
  ['P4-CHANNEL-1', 4, { AUTH_KEY: 'nobody' }, CODE.Channel_not_exist],
  ['P4-CHANNEL-1', 4, { AUTH_KEY: 'elsewhere-key' }, CODE.Channel_not_exist],
  ['P4-PARAMETER-1', 5, { VERSION: undefined }, CODE.Invalid_parameter],
  ['P4-VERSION-1', 5, { VERSION: '2020-01-01' }, CODE.Invalid_Version],
  ['P4-PARAMETER-1', 6, { TIME: 'x' }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { MULTI_MSISDN_LIST: [5] }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { ROUTE_ID: '' }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { ORIGINAL_ADDR: 'é' }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { SIGNATURE: 1 }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { SIGNATURE_TYPE: 9 }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { PRIORITY: '1' }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { CUSTOMER_BODY: 'x' }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { CUSTOMER_BODY: { a: 'x'.repeat(248) } }, CODE.Invalid_parameter],
  ['P4-PARAMETER-1', 6, { SMS_CONTENT: 5 }, CODE.Invalid_parameter],
  ['P4-CONTENT-1', 7, { SMS_CONTENT: '' }, CODE.Invalid_context],
  ['P4-CONTENT-1', 7, { SMS_CONTENT: tooLong }, CODE.Invalid_context],
  ['P4-BUSY-1', 8, { AUTH_KEY: 'slow-key' }, CODE.Busy],
  ['P4-BUSY-2', 8, { AUTH_KEY: 'both-key', ...two }, CODE.Busy],
  ['P4-QUEUE-1', 9, { AUTH_KEY: 'full-key', ...two }, CODE.Queue_too_large],
];

const pairs = faults.flatMap(([, stage, one, code], index) =>
  faults
    .slice(index + 1)
    .filter(([, later, other]) => later > stage && !Object.keys(other).some((member) => member in one))
    .map(([, , other]) => [{ ...other, ...one }, code] as const),
);

describe('the RESULT_CODE of a packet', () => {
  it.each(faults)('%s judged in stage %i: with %j it is %i', async (_, __, members, code) => {
    expect(await platform.client.send(members)).toMatchObject({ RESULT_CODE: code, DETAIL_LIST: [] });
  });

  it('P4-ORDER-1 is that of the first fault, for every pair of faults that fit into one packet', async () => {
    expect(pairs.length).toBeGreaterThan(200);
    const wrong = await Promise.all(
      pairs.map(async ([members, code]) => {
        const { RESULT_CODE } = await platform.client.send(members);
        return RESULT_CODE === code ? [] : [{ members, code, RESULT_CODE }];
      }),
    );
    expect(wrong.flat()).toEqual([]);
  });

  it.each([
    ['P4-EMPTY-1', '', CODE.Empty_data],
    ['P4-EMPTY-1', ' \r\n\t ', CODE.Empty_data],
    ['P4-JSON-1', 'METHOD=SMS_SEND_REQUEST', CODE.Invalid_context],
    ['P4-JSON-1', '{"METHOD":"SMS_SEND_REQUEST",}', CODE.Invalid_context],
    ['P4-JSON-1', '{}{}', CODE.Invalid_context],
    ['P4-JSON-1', Buffer.from([0x7b, 0xff, 0x7d]), CODE.Invalid_context],
    ['P4-PACKET-1', '{}', CODE.Empty_packet],
    ['P4-PACKET-1', '[]', CODE.Empty_packet],
    ['P4-PACKET-1', 'null', CODE.Empty_packet],
    ['P4-PACKET-1', '5', CODE.Empty_packet],
    ['P4-PACKET-1', '"METHOD"', CODE.Empty_packet],
    ['P4-PACKET-1', '{"method":"SMS_SEND_REQUEST","constructor":1}', CODE.Empty_packet],
    ['P4-LOST-1', '{"SMS_CONTENT":""}', CODE.Lost_info],
  ])('%s of the body %j it is %i', async (_, body, code) => {
    expect(await answerTo(platform, body)).toMatchObject({ RESULT_CODE: code, DETAIL_LIST: [] });
  });

  it('P4-ORDER-2 size comes before all else', async () => {
    for (const filling of [' ', '{', 'x'])
      expect((await platform.client.post(filling.repeat(256 * 1024 + 1))).status).toBe(413);
  });

  it('P4-FAILED-1 handing on failed: Send_failed, of the packet or of a number', async () => {
    expect((await platform.client.send(to(852, '60007015'))).RESULT_CODE).toBe(CODE.Send_failed);
    expect(codesOf(await platform.client.send(to(852, '60007014')))).toEqual([CODE.Send_failed]);
  });
});

describe('the RESULT_CODE of a number', () => {
  const india = (msisdn: string) => to(91, msisdn);
  const number = (members: object) => platform.client.send(members).then((answer) => codesOf(answer)[0]);

  it('P4-UNPRICED-1 no price for the country in the currency of the account: Unpriced_area', async () =>
    expect(await number(to(65, '81234567'))).toBe(CODE.Unpriced_area));

  it('P4-INTERCEPT-1 blacklisted: Intercept', async () =>
    expect(await number(to(852, '67999999'))).toBe(CODE.Intercept));

  it('P4-INTERCEPT-2 not registered where the direction demands it: Intercept', async () =>
    expect(await number(india('9812345678'))).toBe(CODE.Intercept));

  it.each([
    ['not assigned, and not priced', to(999, '67999999'), CODE.Invalid_parameter],
    ['no digits, and not priced', to(65, 'x'), CODE.Invalid_parameter],
    ['no digits, and not registered', to(91, '98-123'), CODE.Invalid_parameter],
    ['33 digits, and not priced', to(65, '8'.repeat(33)), CODE.Invalid_parameter],
    ['10 digits in China, and not registered', to(86, '1380013800'), CODE.Invalid_parameter],
    ['not priced, and blacklisted', to(355, '67999999'), CODE.Unpriced_area],
    ['not priced, and not registered', to(62, '81234567890'), CODE.Unpriced_area],
    ['blacklisted, and not registered', to(91, '67999999'), CODE.Intercept],
  ])('P4-ORDER-3 is that of its first fault: %s', async (_, members, code) => {
    expect(await number(members)).toBe(code);
    // What is refused comes before what would be LOCAL_REJECTED.
    expect(await number({ ...members, ROUTE_ID: 'unknown' })).toBe(code);
  });

  it('P4-ORDER-4 comes after all faults of the packet: rate and queue are judged with whatever numbers', async () => {
    const faulty = to(999, '1');
    expect(await platform.client.send({ ...faulty, AUTH_KEY: 'slow-key' })).toMatchObject({
      RESULT_CODE: CODE.Busy,
      DETAIL_LIST: [],
    });
    expect(await platform.client.send({ ...faulty, SMS_CONTENT: tooLong })).toMatchObject({ DETAIL_LIST: [] });
  });
});

/** Last: it takes the storage away, and gives it back. */
describe('while the storage', () => {
  const asAdmin = async (work: (client: Client, name: string) => Promise<unknown>): Promise<void> => {
    const url = new URL(platform.database.url);
    const name = url.pathname.slice(1);
    url.pathname = '/postgres';
    const client = new Client({ connectionString: url.href });
    await client.connect();
    await work(client, name);
    await client.end();
  };

  it('P4-UNKNOWN-1 does what nobody foresaw: Unknown_error', async () => {
    const client = new Client({ connectionString: platform.database.url });
    await client.connect();
    await client.query('alter table sms rename to elsewhere');
    try {
      expect(await platform.client.send()).toMatchObject({ RESULT_CODE: CODE.Unknown_error, DETAIL_LIST: [] });
    } finally {
      await client.query('alter table elsewhere rename to sms');
      await client.end();
    }
    expect((await platform.client.send()).RESULT_CODE).toBe(CODE.OK);
  });

  it('P4-STORAGE-1 is unavailable: DB_not_find, and nothing was charged', async () => {
    const spent = await spentBy(platform, async () => {
      await asAdmin(async (client, name) => {
        await client.query(`alter database ${name} allow_connections false`);
        await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
        // A statement that was under way leaves its outcome open; from then on nothing is begun.
        const codes = [];
        for (let tries = 0; tries < 50 && codes.at(-1) !== CODE.DB_not_find; tries += 1)
          codes.push((await platform.client.send()).RESULT_CODE);
        expect(codes.at(-1)).toBe(CODE.DB_not_find);
        expect([CODE.Unknown_error, CODE.DB_not_find]).toEqual(expect.arrayContaining([...new Set(codes)]));
        await client.query(`alter database ${name} allow_connections true`);
      });
    });
    expect(spent).toBe(0n);
    expect((await platform.client.send()).RESULT_CODE).toBe(CODE.OK);
  });
});
