import { eventually } from '../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';
import type { SendAnswer } from '../support/uip-client.js';

const OK = 1;
const BUSY = 3;
const CHANNEL_NOT_EXIST = 5;
const INVALID_PARAMETER = 0x10000001;
const INVALID_CONTEXT = 0x10000003;
const QUEUE_TOO_LARGE = 0x10000005;
const INTERCEPT = 0x10000006;
const UNPRICED_AREA = 0x1000000f;
const INVALID_VERSION = 0x10000010;

let place: TestPlace;

beforeAll(async () => {
  place = await makePlace();
});
afterAll(() => place.remove());

const hongKong = (count: number, from = 60_000_011) =>
  Array.from({ length: count }, (_, index) => ({ COUNTRY_CODE: 852, DEST_MSISDN: String(from + index * 100) }));
const codesOf = (answer: SendAnswer) => answer.DETAIL_LIST.map(({ RESULT_CODE }) => RESULT_CODE);

describe('a packet', () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await TestPlatform.start({
      place,
      accounts: [
        account(),
        account({ name: 'elsewhere', authKey: 'elsewhere-key', allowedAddresses: ['192.0.2.1'] }),
        account({ name: 'pinned', authKey: 'pinned-key', certificateFingerprints: ['ab'.repeat(32)] }),
      ],
    });
  });
  afterAll(() => platform.stop());

  it('is answered number by number, in the order of the list', async () => {
    const answer = await platform.client.send({
      MULTI_MSISDN_LIST: [
        { COUNTRY_CODE: 999, DEST_MSISDN: '1' },
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000011' },
        { COUNTRY_CODE: 852, DEST_MSISDN: 67000011 },
        { COUNTRY_CODE: 86, DEST_MSISDN: '1380013800' },
        { COUNTRY_CODE: 355, DEST_MSISDN: '12345' },
        { COUNTRY_CODE: 852, DEST_MSISDN: '67999999' },
        { COUNTRY_CODE: 86, DEST_MSISDN: '13800138000' },
        { COUNTRY_CODE: 82, DEST_MSISDN: '1012345678' },
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000011' },
      ],
    });
    expect(answer).toMatchObject({ METHOD: 'SMS_SEND_REQUEST', TYPE: 'ANSWER', RESULT_CODE: OK });
    expect(codesOf(answer)).toEqual([
      INVALID_PARAMETER,
      OK,
      INVALID_PARAMETER,
      INVALID_PARAMETER,
      UNPRICED_AREA,
      INTERCEPT,
      INTERCEPT,
      INTERCEPT,
      OK,
    ]);
    const uids = answer.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID);
    expect(new Set(uids).size).toBe(9);
    for (const uid of uids) expect(uid).toMatch(/^[0-9A-F]{32}$/);
  });

  it('has the code of its first number when none was accepted', async () => {
    const answer = await platform.client.send({
      MULTI_MSISDN_LIST: [
        { COUNTRY_CODE: 355, DEST_MSISDN: '12345' },
        { COUNTRY_CODE: 999, DEST_MSISDN: '1' },
      ],
    });
    expect(answer.RESULT_CODE).toBe(UNPRICED_AREA);
  });

  it.each([
    ['an unknown AUTH_KEY', { AUTH_KEY: 'nobody', VERSION: 'x' }, CHANNEL_NOT_EXIST],
    ['the AUTH_KEY of an account with other addresses', { AUTH_KEY: 'elsewhere-key' }, CHANNEL_NOT_EXIST],
    ['the AUTH_KEY of an account with another certificate', { AUTH_KEY: 'pinned-key' }, CHANNEL_NOT_EXIST],
    ['an unsupported VERSION', { VERSION: '2020-01-01', ROUTE_ID: undefined }, INVALID_VERSION],
    ['no ROUTE_ID', { ROUTE_ID: undefined, SMS_CONTENT: undefined }, INVALID_PARAMETER],
    ['no SMS_CONTENT', { SMS_CONTENT: '' }, INVALID_CONTEXT],
    ['more than 10 segments', { SMS_CONTENT: 'a'.repeat(1531) }, INVALID_CONTEXT],
  ])('with %s is refused as a whole', async (_, members, code) => {
    const before = await platform.balanceOf();
    expect(await platform.client.send(members)).toMatchObject({ RESULT_CODE: code, DETAIL_LIST: [] });
    expect(await platform.balanceOf()).toBe(before);
  });

  it('is charged by the segments of its formatted text', async () => {
    const before = Number(await platform.balanceOf());
    await platform.client.send({ SMS_CONTENT: 'a'.repeat(65), SIGNATURE: '你好', SIGNATURE_TYPE: 1 });
    await platform.client.send({ SMS_CONTENT: 'a'.repeat(67), SIGNATURE: '你好', SIGNATURE_TYPE: 1 });
    expect(before - Number(await platform.balanceOf())).toBeCloseTo(3 * 0.35, 8);
  });

  it('reaches the handset with any text that the protocol allows', async () => {
    const text = 'NUL \u0000, lone \ud800, quote " and \\, {1,2}, 你好 \u{1F600}';
    const [to] = hongKong(1, 61_000_011);
    await platform.client.send({ SMS_CONTENT: text, MULTI_MSISDN_LIST: [to] });
    await eventually(async () => {
      const { body } = await platform.admin(`GET /admin/v1/inbox?number=852${to.DEST_MSISDN}`);
      expect(body).toMatchObject({ items: [{ text, from: 'CloudSMS', encoding: 'ucs2', segments: [text] }] });
    });
  });

  it('to a registered direction goes when all of it is registered', async () => {
    const china = { MULTI_MSISDN_LIST: [{ COUNTRY_CODE: 86, DEST_MSISDN: '13800138000' }], SIGNATURE: 'CloudSMS' };
    expect(codesOf(await platform.client.send({ ...china, SMS_CONTENT: 'Code 1234' }))).toEqual([OK]);
    expect(codesOf(await platform.client.send({ ...china, SMS_CONTENT: 'Hello' }))).toEqual([INTERCEPT]);
    const typed = { ...china, SMS_CONTENT: '【CloudSMS】Code 1', SIGNATURE_TYPE: 5 };
    expect(codesOf(await platform.client.send(typed))).toEqual([OK]);
  });
});

describe('the balance', () => {
  it('is spent in the order of the list, and what it does not cover is LOCAL_REJECTED', async () => {
    const platform = await TestPlatform.start({ place, accounts: [account({ balance: '1.01' })] });
    const answer = await platform.client.send({
      MULTI_MSISDN_LIST: [
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000011' },
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000012' },
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000013' },
        { COUNTRY_CODE: 65, DEST_MSISDN: '81234567' },
        { COUNTRY_CODE: 65, DEST_MSISDN: '81234568' },
      ],
    });
    expect(codesOf(answer)).toEqual([OK, OK, OK, OK, OK]);
    expect(await platform.balanceOf()).toBe('0.00');
    const received = async (number: string) =>
      ((await platform.admin(`GET /admin/v1/inbox?number=${number}`)).body as { items: unknown[] }).items.length;
    await eventually(async () => {
      expect(await received('85267000011')).toBe(1);
      expect(await received('6581234567')).toBe(1);
    });
    expect(await received('85267000013')).toBe(0);
    expect(await received('6581234568')).toBe(0);
    await platform.stop();
  });

  it('never falls below zero, and no SMS is handed on for nothing, with two processes and 32 clients', async () => {
    const options = { place, accounts: [account({ balance: '100.10' })] };
    const one = await TestPlatform.start(options);
    const other = await TestPlatform.start({ ...options, beside: one });
    const numbers = (client: number) =>
      Array.from({ length: 20 }, (_, index) =>
        index % 3 === 0
          ? { COUNTRY_CODE: 65, DEST_MSISDN: String(80_000_000 + client * 100 + index) }
          : { COUNTRY_CODE: 852, DEST_MSISDN: String(60_000_000 + client * 100 + index) },
      );
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        (index % 2 === 0 ? one : other).client.send({ MULTI_MSISDN_LIST: numbers(index) }),
      ),
    );
    for (const answer of answers) expect(answer.RESULT_CODE).toBe(OK);
    const left = Number(await one.balanceOf());
    expect(left).toBeGreaterThanOrEqual(0);
    // Cheaper than any price: nothing that could have been sent was not.
    expect(left).toBeLessThan(0.31);
    await other.stop();
    await one.stop();
  });
});

describe('the limits of an account', () => {
  it('answer Busy over its rate, and admit a packet larger than a second when the bucket is full', async () => {
    const platform = await TestPlatform.start({ place, accounts: [account({ ratePerSecond: 10 })] });
    expect((await platform.client.send({ MULTI_MSISDN_LIST: hongKong(150) })).RESULT_CODE).toBe(OK);
    expect((await platform.client.send({ MULTI_MSISDN_LIST: hongKong(1) })).RESULT_CODE).toBe(BUSY);
    await platform.stop();
  });

  it('answer Queue_too_large when too much waits for the carrier', async () => {
    const platform = await TestPlatform.start({ place, accounts: [account({ queueLimit: 5 })] });
    expect((await platform.client.send({ MULTI_MSISDN_LIST: hongKong(6) })).RESULT_CODE).toBe(QUEUE_TOO_LARGE);
    expect((await platform.client.send({ MULTI_MSISDN_LIST: hongKong(5) })).RESULT_CODE).toBe(OK);
    await platform.stop();
  });
});

describe('an ANSWER that misbehaves on request', () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    const handsets = [
      { match: '*', reports: [] },
      { match: '*7001', answer: { cut: 'after' } },
      { match: '*7002', answer: { cut: 'before' } },
      { match: '*7003', answer: { resultCode: 3 } },
      { match: '*7014', answer: { numberResultCode: 0x10000004 } },
      { match: '*7077', answer: { serial: 77 } },
      { match: '*7099', answer: { body: '<html>', delay: '1ms' } },
    ];
    platform = await TestPlatform.start({ place, accounts: [account()], handsets });
  });
  afterAll(() => platform.stop());

  const to = (msisdn: string) => ({ MULTI_MSISDN_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: msisdn }] });
  const charged = async (work: () => Promise<unknown>) => {
    const before = Number(await platform.balanceOf());
    await work();
    return Math.round((before - Number(await platform.balanceOf())) * 100);
  };

  it('can be cut before anything is stored, and after', async () => {
    const failed = (msisdn: string) => () => expect(platform.client.send(to(msisdn))).rejects.toThrow('socket hang up');
    expect(await charged(failed('60007002'))).toBe(0);
    expect(await charged(failed('60007001'))).toBe(35);
  });

  it('can have another RESULT_CODE, of the packet or of a number', async () => {
    expect(await charged(async () => expect((await platform.client.send(to('60007003'))).RESULT_CODE).toBe(3))).toBe(0);
    const answer = await platform.client.send({
      MULTI_MSISDN_LIST: [...hongKong(1), { COUNTRY_CODE: 852, DEST_MSISDN: '60007014' }],
    });
    expect(codesOf(answer)).toEqual([OK, 0x10000004]);
  });

  it('can have another SERIAL, or be none at all', async () => {
    expect((await platform.client.send(to('60007077'))).SERIAL).toBe(77);
    const reply = await platform.client.post(JSON.stringify(platform.client.packet(to('60007099'))));
    expect(reply.text).toBe('<html>');
  });

  it('is decided by faults that the operator sets, until they are cleared', async () => {
    await platform.admin('PUT /admin/v1/faults', { body: [{ match: '*', answer: { resultCode: 3 } }] });
    expect((await platform.client.send()).RESULT_CODE).toBe(BUSY);
    await platform.admin('PUT /admin/v1/faults', { body: [] });
    expect((await platform.client.send()).RESULT_CODE).toBe(OK);
  });
});
