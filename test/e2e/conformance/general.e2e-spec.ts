import { answerTo, CODE, spentBy } from '../../support/conformance.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';

let place: TestPlace;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  platform = await TestPlatform.start({ place, accounts: [account()] });
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

const codeOf = async (members: object) => (await platform.client.send(members)).RESULT_CODE;

describe('general parameters of a request', () => {
  it.each([['SMS_PUSH_REPORT'], ['SMS_SEND'], ['sms_send_request'], [5], [{}], [true]])(
    'P2-METHOD-1 an unknown METHOD, or the other listener: Invalid_parameter (%j)',
    async (METHOD) => expect(await codeOf({ METHOD })).toBe(CODE.Invalid_parameter),
  );

  it.each([
    [{ METHOD: ' SMS_SEND_REQUEST' }],
    [{ METHOD: '\tSMS_SEND_REQUEST  ' }],
    [{ TYPE: ' REQUEST ' }],
    [{ METHOD: ' SMS_SEND_REQUEST ', TYPE: 'REQUEST ' }],
  ])('P2-METHOD-2 blanks around METHOD and TYPE are ignored: %j', async (members) =>
    expect(await codeOf(members)).toBe(CODE.OK),
  );

  it.each([['ANSWER'], ['request'], ['REQUESTED!'], [1], [{}]])(
    'P2-TYPE-1 a TYPE other than REQUEST: Invalid_parameter (%j)',
    async (TYPE) => expect(await codeOf({ TYPE })).toBe(CODE.Invalid_parameter),
  );

  it.each([[1], [128], [129], [65_535]])(
    'P2-SERIAL-1 SERIAL %j is accepted, and P2-SERIAL-2 repeated',
    async (SERIAL) => {
      expect(await platform.client.send({ SERIAL })).toMatchObject({ SERIAL, RESULT_CODE: CODE.OK });
      expect(await platform.client.send({ SERIAL, VERSION: 'x' })).toMatchObject({ SERIAL, DETAIL_LIST: [] });
    },
  );

  it.each([[0], [-1], [65_536], [1.5], ['1'], [true], [{}], [[1]]])(
    'P2-SERIAL-3 SERIAL %j: Invalid_parameter, under SERIAL 1',
    async (SERIAL) =>
      expect(await platform.client.send({ SERIAL })).toMatchObject({ SERIAL: 1, RESULT_CODE: CODE.Invalid_parameter }),
  );

  it.each(['{', '', '{"METHOD":"X"}', '{"SERIAL":"x","METHOD":5}'])(
    'P2-SERIAL-4 the ANSWER to what has no METHOD or SERIAL that can be read: the METHOD of the listener, SERIAL 1 (%j)',
    async (body) => expect(await answerTo(platform, body)).toMatchObject({ METHOD: 'SMS_SEND_REQUEST', SERIAL: 1 }),
  );

  it('P2-SERIAL-5 a repetition is nowhere recognised by SERIAL or TIME', async () => {
    const packet = JSON.stringify(platform.client.packet());
    const spent = await spentBy(platform, async () => {
      const [one, other] = [await answerTo(platform, packet), await answerTo(platform, packet)];
      expect(one.DETAIL_LIST[0].SMS_UID).not.toBe(other.DETAIL_LIST[0].SMS_UID);
    });
    expect(spent).toBe(2n * 35_000_000n);
  });

  it.each([
    [undefined],
    [null],
    [''],
    ['2026-01-02 03:04:05'],
    ['2026-01-02 03 : 04 : 05'],
    [' 2026-01-02 03: 04 :05 '],
    ['2024-02-29 23:59:59'],
  ])('P2-TIME-1 TIME %j is accepted', async (TIME) => expect(await codeOf({ TIME })).toBe(CODE.OK));

  it.each([
    ['yesterday'],
    ['2026-02-29 00:00:00'],
    ['2026-13-01 00:00:00'],
    ['2026-01-02 24:00:00'],
    ['2026-01-02T03:04:05Z'],
    ['2026-01-02 03:04:05'.padEnd(33)],
    [1_700_000_000],
    [{}],
  ])('P2-TIME-2 TIME %j can not be read: Invalid_parameter', async (TIME) =>
    expect(await codeOf({ TIME })).toBe(CODE.Invalid_parameter),
  );

  it('P2-TIME-3 TIME is written in UTC+8', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { TIME } = await platform.client.send();
    expect(TIME).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/);
    const at = Date.parse(`${TIME.replace(' ', 'T')}+08:00`);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  it('P2-UNKNOWN-1 unknown members are ignored, wherever they stand', async () => {
    const entry = { COUNTRY_CODE: 852, DEST_MSISDN: '67000011', NAME: 'x', constructor: 1 };
    const members = { REPEAT: 0, toString: null, nothing: { METHOD: 'x' }, MULTI_MSISDN_LIST: [entry] };
    expect(await codeOf(members)).toBe(CODE.OK);
    const packet = JSON.stringify(platform.client.packet());
    expect((await answerTo(platform, packet.replace('{', '{"__proto__":{"TYPE":"x"},'))).RESULT_CODE).toBe(CODE.OK);
  });

  it.each([
    ['SIGNATURE_TYPE', { SIGNATURE_TYPE: '1' }],
    ['PRIORITY', { PRIORITY: '0' }],
    ['SERIAL', { SERIAL: '5' }],
  ])('P2-NUMBER-1 a numeric string as %s: Invalid_parameter', async (_, members) =>
    expect(await codeOf(members)).toBe(CODE.Invalid_parameter),
  );
});
