import { CODE, codesOf } from '../../support/conformance.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';

const DUTIES = [251, 91, 62, 856, 60, 63, 7, 966, 66, 971, 84];
const FREE = [852, 65, 1, 44, 81];

let place: TestPlace;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  const prices = [86, 82, ...DUTIES, ...FREE].map((countryCode) => ({ countryCode, perSegment: '0.01' }));
  const registrations = [
    { countryCode: 86, signature: 'Shop', senderId: 'CloudSMS', content: 'Your code is {}' },
    { countryCode: 86, signature: 'Bank' },
    { countryCode: 86, senderId: 'Sender', content: 'Unsigned' },
    ...DUTIES.flatMap((countryCode) => [
      { countryCode, senderId: 'CloudSMS', content: 'Your code is {}' },
      { countryCode, signature: 'Shop', content: 'Signed {} and {}.' },
      { countryCode, senderId: 'AnyText' },
    ]),
  ];
  const numeric = { name: 'numeric', authKey: 'numeric-key', defaultSenderId: '10086' };
  platform = await TestPlatform.start({
    place,
    accounts: [account({ prices, registrations }), account({ prices, ...numeric })],
  });
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

async function codeOf(COUNTRY_CODE: number, members: object): Promise<number> {
  const DEST_MSISDN = COUNTRY_CODE === 86 ? '13800138000' : '81234567';
  const answer = await platform.client.send({ MULTI_MSISDN_LIST: [{ COUNTRY_CODE, DEST_MSISDN }], ...members });
  return codesOf(answer)[0];
}

const code = { SMS_CONTENT: 'Your code is 1234' };

describe('mainland China', () => {
  it.each([
    ['all registered', { ...code, SIGNATURE: 'Shop' }, CODE.OK],
    ['the sender ID written out', { ...code, SIGNATURE: 'Shop', ORIGINAL_ADDR: 'CloudSMS' }, CODE.OK],
    ['another sender ID', { ...code, SIGNATURE: 'Shop', ORIGINAL_ADDR: 'Another' }, CODE.Intercept],
    ['another content', { SMS_CONTENT: 'Hello', SIGNATURE: 'Shop' }, CODE.Intercept],
    ['another signature', { ...code, SIGNATURE: 'Another' }, CODE.Intercept],
    ['no signature', code, CODE.Intercept],
    ['no signature, as registered', { SMS_CONTENT: 'Unsigned', ORIGINAL_ADDR: 'Sender' }, CODE.Intercept],
    [
      'a registration that names the signature alone',
      { SMS_CONTENT: 'Hi', SIGNATURE: 'Bank', ORIGINAL_ADDR: 'X' },
      CODE.OK,
    ],
  ])('P8-CHINA-1 demands content, sender ID and SIGNATURE: %s', async (_, members, expected) =>
    expect(await codeOf(86, members)).toBe(expected),
  );

  it.each([
    ['【Shop】Your code is 1234', CODE.OK],
    ['[Shop] Your code is 1234', CODE.OK],
    ['Your code is 1234【Shop】', CODE.OK],
    ['Your code is 1234', CODE.OK],
    ['x【Shop】Your code is 1234', CODE.Intercept],
  ])('P8-MATCH-3 type 5 is matched without the signature in the text: %s', async (SMS_CONTENT, expected) =>
    expect(await codeOf(86, { SMS_CONTENT, SIGNATURE: 'Shop', SIGNATURE_TYPE: 5 })).toBe(expected),
  );

  it('P8-MATCH-4 other types are matched as received', async () => {
    const bracketed = { SMS_CONTENT: '【Shop】Your code is 1234', SIGNATURE: 'Shop', SIGNATURE_TYPE: 1 };
    expect(await codeOf(86, bracketed)).toBe(CODE.Intercept);
  });
});

describe('the directions with duties', () => {
  it.each(DUTIES)(
    'P8-DUTY-1 %i demands content and sender ID, and the SIGNATURE when there is one',
    async (country) => {
      expect(await codeOf(country, code)).toBe(CODE.OK);
      expect(await codeOf(country, { SMS_CONTENT: 'Hello' })).toBe(CODE.Intercept);
      expect(await codeOf(country, { ...code, ORIGINAL_ADDR: 'Another' })).toBe(CODE.Intercept);
      expect(await codeOf(country, { ...code, SIGNATURE: 'Shop' })).toBe(CODE.Intercept);
      expect(await codeOf(country, { SMS_CONTENT: 'Signed a and b.', SIGNATURE: 'Shop' })).toBe(CODE.OK);
    },
  );

  it.each([
    [
      'one registration must match in all that it names',
      { SMS_CONTENT: 'Signed a and b.', ORIGINAL_ADDR: 'X' },
      CODE.Intercept,
    ],
    ['what it does not name may be anything', { SMS_CONTENT: 'whatever', ORIGINAL_ADDR: 'AnyText' }, CODE.OK],
  ])('P8-MATCH-1 %s', async (_, members, expected) => expect(await codeOf(91, members)).toBe(expected));

  it.each([
    ['Your code is ', CODE.OK],
    ['Your code is {}', CODE.OK],
    ['your code is 1', CODE.Intercept],
    [' Your code is 1', CODE.Intercept],
  ])('P8-MATCH-2 {} in registered content stands for any text: %j', async (SMS_CONTENT, expected) =>
    expect(await codeOf(91, { SMS_CONTENT })).toBe(expected),
  );

  it.each(FREE)('P8-FREE-1 %i has none', async (country) => {
    expect(await codeOf(country, { SMS_CONTENT: 'Hello', SIGNATURE: 'Any', ORIGINAL_ADDR: 'Any 1' })).toBe(CODE.OK);
    expect(await codeOf(country, { SMS_CONTENT: 'Hello', ORIGINAL_ADDR: '10086' })).toBe(CODE.OK);
  });

  it.each([
    ['the default of the account', {}, CODE.Intercept],
    ['alphanumeric', { ORIGINAL_ADDR: 'A1' }, CODE.Intercept],
    ['numeric', { ORIGINAL_ADDR: '10086' }, CODE.OK],
    ['a numeric default', { AUTH_KEY: 'numeric-key' }, CODE.OK],
  ])('P8-KOREA-1 takes numeric sender IDs only: %s', async (_, members, expected) =>
    expect(await codeOf(82, members)).toBe(expected),
  );
});
