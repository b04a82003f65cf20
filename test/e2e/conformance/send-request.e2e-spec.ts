import { CODE, codesOf, hongKong, received, spentBy, to } from '../../support/conformance.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';

let place: TestPlace;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  const long = [account({ name: 'long', authKey: '~'.repeat(128) }), account({ name: 'short', authKey: ' ' })];
  platform = await TestPlatform.start({ place, accounts: [account({ defaultSenderId: 'TheDefault' }), ...long] });
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

const bytes = (count: number): string => 'é'.repeat(count / 2) + 'x'.repeat(count % 2);
const listOf = (...MULTI_MSISDN_LIST: unknown[]) => ({ MULTI_MSISDN_LIST });
const entry = hongKong(1)[0];

/** Members that are refused as a whole, by Invalid_parameter. */
const refused: [id: string, what: string, members: object][] = [
  ['P3-AUTH-1', 'AUTH_KEY absent', { AUTH_KEY: undefined }],
  ['P3-AUTH-1', 'AUTH_KEY null', { AUTH_KEY: null }],
  ['P3-AUTH-1', 'AUTH_KEY empty', { AUTH_KEY: '' }],
  ['P3-AUTH-1', 'AUTH_KEY a number', { AUTH_KEY: 5 }],
  ['P3-AUTH-1', 'AUTH_KEY of 129 bytes', { AUTH_KEY: 'x'.repeat(129) }],
  ['P3-AUTH-1', 'AUTH_KEY not printable ASCII', { AUTH_KEY: 'é' }],
  ['P3-LIST-1', 'no list', { MULTI_MSISDN_LIST: undefined }],
  ['P3-LIST-1', 'an empty list', listOf()],
  ['P3-LIST-1', '201 entries', listOf(...hongKong(201))],
  ['P3-LIST-1', 'a text for the list', { MULTI_MSISDN_LIST: '67000011' }],
  ['P3-LIST-3', 'a number for an entry', listOf(entry, 67_000_011)],
  ['P3-LIST-3', 'null for an entry', listOf(null, entry)],
  ['P3-LIST-3', 'a list for an entry', listOf([entry])],
  ['P3-ROUTE-1', 'ROUTE_ID absent', { ROUTE_ID: undefined }],
  ['P3-ROUTE-1', 'ROUTE_ID of 256 bytes', { ROUTE_ID: bytes(256) }],
  ['P3-ROUTE-1', 'ROUTE_ID a number', { ROUTE_ID: 516 }],
  ['P3-SENDER-1', 'ORIGINAL_ADDR of 33 bytes', { ORIGINAL_ADDR: 'x'.repeat(33) }],
  ['P3-SENDER-1', 'ORIGINAL_ADDR below 0x20', { ORIGINAL_ADDR: 'a\u001fb' }],
  ['P3-SENDER-1', 'ORIGINAL_ADDR above 0x7E', { ORIGINAL_ADDR: 'a\u007fb' }],
  ['P3-SENDER-1', 'ORIGINAL_ADDR a number', { ORIGINAL_ADDR: 10_086 }],
  ['P3-SIGNATURE-1', 'SIGNATURE of 65 bytes', { SIGNATURE: bytes(65) }],
  ['P3-SIGNATURE-1', 'SIGNATURE a number', { SIGNATURE: 1 }],
  ['P3-SIGTYPE-1', 'SIGNATURE_TYPE 0', { SIGNATURE_TYPE: 0, SIGNATURE: 'S' }],
  ['P3-SIGTYPE-1', 'SIGNATURE_TYPE 6', { SIGNATURE_TYPE: 6, SIGNATURE: 'S' }],
  ['P3-SIGTYPE-1', 'SIGNATURE_TYPE 1.5', { SIGNATURE_TYPE: 1.5, SIGNATURE: 'S' }],
  ['P3-PRIORITY-1', 'PRIORITY negative', { PRIORITY: -1 }],
  ['P3-PRIORITY-1', 'PRIORITY of more than 4 bytes', { PRIORITY: 4_294_967_296 }],
  ['P3-PRIORITY-1', 'PRIORITY a truth value', { PRIORITY: true }],
  ['P3-VERSION-1', 'VERSION absent', { VERSION: null }],
  ['P3-VERSION-1', 'VERSION a number', { VERSION: 20_210_101 }],
  ['P3-VERSION-1', 'VERSION of 13 bytes', { VERSION: '2021-01-01-13' }],
  ['P3-BODY-1', 'CUSTOMER_BODY a text', { CUSTOMER_BODY: 'x' }],
  ['P3-BODY-1', 'CUSTOMER_BODY a list', { CUSTOMER_BODY: [1] }],
  ['P3-BODY-1', 'CUSTOMER_BODY of 256 bytes', { CUSTOMER_BODY: { a: bytes(248) } }],
  ['P3-CONTENT-1', 'SMS_CONTENT a number', { SMS_CONTENT: 5 }],
];

/** Members that are accepted. */
const accepted: [id: string, what: string, members: object][] = [
  ['P3-AUTH-1', 'AUTH_KEY of 128 bytes', { AUTH_KEY: '~'.repeat(128) }],
  ['P3-AUTH-1', 'AUTH_KEY of one', { AUTH_KEY: ' ' }],
  ['P3-LIST-1', '200 entries', listOf(...hongKong(200))],
  ['P3-LIST-2', 'one object for a list of one', { MULTI_MSISDN_LIST: entry }],
  ['P3-ROUTE-1', 'ROUTE_ID of 255 bytes', { ROUTE_ID: bytes(255) }],
  ['P3-SENDER-1', 'ORIGINAL_ADDR of 32 bytes', { ORIGINAL_ADDR: ' ~'.repeat(16) }],
  ['P3-SENDER-1', 'ORIGINAL_ADDR null', { ORIGINAL_ADDR: null }],
  ['P3-SIGNATURE-1', 'SIGNATURE of 64 bytes', { SIGNATURE: bytes(64) }],
  ['P3-SIGNATURE-1', 'SIGNATURE empty', { SIGNATURE: '' }],
  ['P3-SIGTYPE-1', 'SIGNATURE_TYPE 5 without a SIGNATURE', { SIGNATURE_TYPE: 5 }],
  ['P3-SIGTYPE-1', 'SIGNATURE_TYPE null', { SIGNATURE_TYPE: null, SIGNATURE: 'S' }],
  ['P3-PRIORITY-1', 'PRIORITY 1', { PRIORITY: 1 }],
  ['P3-PRIORITY-1', 'PRIORITY above 1', { PRIORITY: 4_294_967_295 }],
  ['P3-BODY-1', 'CUSTOMER_BODY of 255 bytes in its compact form', { CUSTOMER_BODY: { a: bytes(247) } }],
  ['P3-BODY-1', 'CUSTOMER_BODY null', { CUSTOMER_BODY: null }],
  ['P3-CONTENT-1', 'SMS_CONTENT beyond the published 1600 bytes', { SMS_CONTENT: '你'.repeat(670) }],
];

describe('a parameter of a send request', () => {
  it.each(refused)('%s %s: Invalid_parameter of the packet', async (_, __, members) => {
    const answer = await platform.client.send(members);
    expect(answer).toMatchObject({ RESULT_CODE: CODE.Invalid_parameter, DETAIL_LIST: [] });
  });

  it.each(accepted)('%s %s: accepted', async (_, __, members) => {
    expect(new Set(codesOf(await platform.client.send(members)))).toEqual(new Set([CODE.OK]));
  });

  it('P3-BODY-1 CUSTOMER_BODY is measured without the blanks that it was written with', async () => {
    const packet = JSON.stringify(platform.client.packet({ CUSTOMER_BODY: { a: bytes(247) } }), null, 40);
    expect(JSON.parse((await platform.client.post(packet)).text)).toMatchObject({ RESULT_CODE: CODE.OK });
  });

  it('P3-AUTH-2 AUTH_KEYs that are issued have 88 characters, base64 of 64 bytes', async () => {
    const body = { name: 'issued', currency: 'HKD', allowedAddresses: ['127.0.0.0/8', '::1'] };
    const created = await platform.admin('POST /admin/v1/accounts', { body });
    const { authKey } = created.body as { authKey: string };
    expect(authKey).toMatch(/^[A-Za-z0-9+/]{86}==$/);
    expect(Buffer.from(authKey, 'base64')).toHaveLength(64);
    expect(codesOf(await platform.client.send({ AUTH_KEY: authKey }))).toEqual([CODE.Unpriced_area]);
  });

  it('P3-SENDER-2 an absent ORIGINAL_ADDR is the default of the account', async () => {
    const uidOf = async (members: object) =>
      (await platform.client.send({ ...to(852, '67000022'), ...members })).DETAIL_LIST[0].SMS_UID;
    expect((await received(platform, '85267000022', await uidOf({}))).from).toBe('TheDefault');
    expect((await received(platform, '85267000022', await uidOf({ ORIGINAL_ADDR: '' }))).from).toBe('TheDefault');
    expect((await received(platform, '85267000022', await uidOf({ ORIGINAL_ADDR: 'Me' }))).from).toBe('Me');
  });
});

describe('an entry of MULTI_MSISDN_LIST', () => {
  it.each([
    ['P3-COUNTRY-1', 'COUNTRY_CODE absent', { COUNTRY_CODE: undefined }],
    ['P3-COUNTRY-1', 'COUNTRY_CODE a text', { COUNTRY_CODE: '852' }],
    ['P3-COUNTRY-1', 'COUNTRY_CODE negative', { COUNTRY_CODE: -852 }],
    ['P3-COUNTRY-1', 'COUNTRY_CODE a fraction', { COUNTRY_CODE: 852.5 }],
    ['P3-COUNTRY-1', 'COUNTRY_CODE of more than 4 bytes', { COUNTRY_CODE: 4_294_968_148 }],
    ['P3-COUNTRY-2', 'COUNTRY_CODE not assigned', { COUNTRY_CODE: 999 }],
    ['P3-COUNTRY-2', 'COUNTRY_CODE 0', { COUNTRY_CODE: 0 }],
    ['P3-MSISDN-1', 'DEST_MSISDN absent', { DEST_MSISDN: undefined }],
    ['P3-MSISDN-1', 'DEST_MSISDN empty', { DEST_MSISDN: '' }],
    ['P3-MSISDN-1', 'DEST_MSISDN a number', { DEST_MSISDN: 67_000_011 }],
    ['P3-MSISDN-1', 'DEST_MSISDN with a plus', { DEST_MSISDN: '+67000011' }],
    ['P3-MSISDN-1', 'DEST_MSISDN with a blank', { DEST_MSISDN: '6700 0011' }],
    ['P3-MSISDN-1', 'DEST_MSISDN in other digits', { DEST_MSISDN: '６７００００１１' }],
    ['P3-MSISDN-1', 'DEST_MSISDN of 33 digits', { DEST_MSISDN: '6'.repeat(33) }],
    ['P3-MSISDN-2', 'mainland China, 10 digits', { COUNTRY_CODE: 86, DEST_MSISDN: '1380013800' }],
    ['P3-MSISDN-2', 'mainland China, 12 digits', { COUNTRY_CODE: 86, DEST_MSISDN: '138001380001' }],
  ])('%s %s: Invalid_parameter of that number alone', async (_, __, members) => {
    const answer = await platform.client.send(listOf(entry, { ...entry, ...members }, entry));
    expect(answer.RESULT_CODE).toBe(CODE.OK);
    expect(codesOf(answer)).toEqual([CODE.OK, CODE.Invalid_parameter, CODE.OK]);
  });

  it.each([
    ['of one digit', 852, '1'],
    ['of 32 digits', 852, '6'.repeat(32)],
    ['that no operator has', 852, '00000000'],
  ])('P3-MSISDN-3 a number %s is accepted: no rule is stricter than the protocol', async (_, country, msisdn) => {
    expect(codesOf(await platform.client.send(to(country, msisdn)))).toEqual([CODE.OK]);
  });
});

describe('the ANSWER to a send request', () => {
  const mixed = listOf(
    { COUNTRY_CODE: 999, DEST_MSISDN: '1' },
    { COUNTRY_CODE: 852, DEST_MSISDN: '67000033' },
    { DEST_MSISDN: ['x'] },
    { COUNTRY_CODE: 852, DEST_MSISDN: '67000033' },
    { COUNTRY_CODE: 65, DEST_MSISDN: '12345678' },
  );

  it('P3-ANSWER-1 has all its members, and an entry a number in the order of the request', async () => {
    const answer = await platform.client.send(mixed);
    expect(Object.keys(answer)).toEqual([
      'METHOD',
      'TYPE',
      'SERIAL',
      'TIME',
      'RESULT_CODE',
      'RESULT_DESC',
      'DETAIL_LIST',
    ]);
    expect(answer.DETAIL_LIST.map(({ COUNTRY_CODE, DEST_MSISDN }) => [COUNTRY_CODE, DEST_MSISDN])).toEqual([
      [999, '1'],
      [852, '67000033'],
      [null, ['x']],
      [852, '67000033'],
      [65, '12345678'],
    ]);
    for (const detail of answer.DETAIL_LIST) {
      expect(Object.keys(detail)).toEqual(['COUNTRY_CODE', 'DEST_MSISDN', 'SMS_UID', 'RESULT_CODE', 'RESULT_DESC']);
      expect(detail.RESULT_DESC).toMatch(/^[\x20-\x7e]{1,127}$/);
    }
    expect(answer.RESULT_DESC).toBe('OK');
  });

  it('P3-ANSWER-2 to a packet-level fault has no entries, and nothing is stored, sent or charged', async () => {
    const spent = await spentBy(platform, async () => {
      const faulty = { ...to(852, '67000044'), SMS_CONTENT: 'x'.repeat(1531) };
      expect(await platform.client.send(faulty)).toMatchObject({ RESULT_CODE: CODE.Invalid_context, DETAIL_LIST: [] });
    });
    expect(spent).toBe(0n);
    const { DETAIL_LIST } = await platform.client.send(to(852, '67000044'));
    await received(platform, '85267000044', DETAIL_LIST[0].SMS_UID);
    const { body } = await platform.admin('GET /admin/v1/inbox?number=85267000044');
    expect((body as { items: unknown[] }).items).toHaveLength(1);
  });

  it('P3-ANSWER-3 has RESULT_CODE 1 when one number was accepted, else the code of the first', async () => {
    expect((await platform.client.send(mixed)).RESULT_CODE).toBe(CODE.OK);
    const [unassigned, unpriced] = [
      { COUNTRY_CODE: 999, DEST_MSISDN: '1' },
      { COUNTRY_CODE: 355, DEST_MSISDN: '12345' },
    ];
    expect((await platform.client.send(listOf(unassigned, unpriced))).RESULT_CODE).toBe(CODE.Invalid_parameter);
    expect((await platform.client.send(listOf(unpriced, unassigned))).RESULT_CODE).toBe(CODE.Unpriced_area);
  });

  it('P3-ANSWER-4 has an SMS_UID for every number, refused ones too: 32 upper-case hexadecimal digits, in order', async () => {
    const all: string[] = [];
    for (let packet = 0; packet < 5; packet += 1) {
      const { DETAIL_LIST } = await platform.client.send(mixed);
      all.push(...DETAIL_LIST.map(({ SMS_UID }) => SMS_UID));
    }
    for (const uid of all) expect(uid).toMatch(/^[0-9A-F]{32}$/);
    expect(new Set(all).size).toBe(25);
    expect(all.toSorted().map((uid) => uid.slice(0, 12))).toEqual(all.map((uid) => uid.slice(0, 12)));
  });

  it('P3-ANSWER-6 the same number twice is two SMS, each with its SMS_UID and its price', async () => {
    const spent = await spentBy(platform, async () => {
      const { DETAIL_LIST } = await platform.client.send(listOf(entry, entry));
      expect(new Set(DETAIL_LIST.map(({ SMS_UID }) => SMS_UID)).size).toBe(2);
    });
    expect(spent).toBe(2n * 35_000_000n);
  });

  it('P3-ANSWER-7 writes RESULT_CODE as a decimal JSON number', async () => {
    const reply = await platform.client.post(JSON.stringify(platform.client.packet(to(999, '1'))));
    expect(reply.text).toContain('"RESULT_CODE":268435457');
  });
});
