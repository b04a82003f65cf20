import { CODE, codesOf, received, spentBy, to } from '../../support/conformance.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';

const CURRENCIES = ['CNY', 'HKD', 'TWD', 'EUR', 'USD', 'GBP', 'AUD', 'KRW', 'JPY'];
const PRICE = 35_000_000n;

let place: TestPlace;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  const others = CURRENCIES.map((currency) => account({ name: currency, authKey: `${currency}-key`, currency }));
  const fine = { name: 'fine', authKey: 'fine-key', balance: '0.00000003' };
  const prices = [{ countryCode: 852, perSegment: '0.00000001' }];
  platform = await TestPlatform.start({ place, accounts: [account(), account({ ...fine, prices }), ...others] });
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

let next = 70_000_000;
/** Sends a text to a number of its own; gives what it cost, in segments, and what the handset shows. */
async function sent(members: object) {
  next += 1;
  let uid = '';
  const spent = await spentBy(platform, async () => {
    const answer = await platform.client.send({ ...to(852, String(next)), ...members });
    expect(codesOf(answer)).toEqual([CODE.OK]);
    uid = answer.DETAIL_LIST[0].SMS_UID;
  });
  expect(spent % PRICE).toBe(0n);
  return { billed: Number(spent / PRICE), ...(await received(platform, `852${next}`, uid)) };
}

describe('the signature', () => {
  it.each([
    ['P5-FORMAT-1', 1, '【Sig】Hello'],
    ['P5-FORMAT-2', 2, 'Hello【Sig】'],
    ['P5-FORMAT-3', 3, '[Sig] Hello'],
    ['P5-FORMAT-4', 4, 'Hello[Sig]'],
    ['P5-FORMAT-5', 5, 'Hello'],
    ['P5-FORMAT-6', undefined, '【Sig】Hello'],
  ])('%s of type %s makes the text %s', async (_, SIGNATURE_TYPE, text) =>
    expect((await sent({ SMS_CONTENT: 'Hello', SIGNATURE: 'Sig', SIGNATURE_TYPE })).text).toBe(text),
  );

  it.each([[1], [4], [5]])('P5-FORMAT-7 of type %i is ignored when it is absent or empty', async (SIGNATURE_TYPE) => {
    expect((await sent({ SIGNATURE_TYPE })).text).toBe('Hello');
    expect((await sent({ SIGNATURE_TYPE, SIGNATURE: '' })).text).toBe('Hello');
  });

  it.each([[0], [6]])(
    'P5-FORMAT-8 of type %i is an Invalid_parameter, with or without a SIGNATURE',
    async (SIGNATURE_TYPE) => {
      for (const members of [{}, { SIGNATURE: 'Sig' }]) {
        const answer = await platform.client.send({ SIGNATURE_TYPE, ...members });
        expect(answer.RESULT_CODE).toBe(CODE.Invalid_parameter);
      }
    },
  );

  it('P5-BILL-1 is sliced, limited and billed with the text', async () => {
    // 【 makes a text of 65 GSM characters one of 70 in Unicode; [ costs two septets.
    expect(await sent({ SMS_CONTENT: 'x'.repeat(65), SIGNATURE: 'Sig' })).toMatchObject({
      billed: 1,
      encoding: 'ucs2',
    });
    expect(await sent({ SMS_CONTENT: 'x'.repeat(66), SIGNATURE: 'Sig' })).toMatchObject({
      billed: 2,
      encoding: 'ucs2',
    });
    const square = { SIGNATURE: 'Sig', SIGNATURE_TYPE: 4 };
    expect(await sent({ SMS_CONTENT: 'x'.repeat(153), ...square })).toMatchObject({ billed: 1, encoding: 'gsm7' });
    expect(await sent({ SMS_CONTENT: 'x'.repeat(154), ...square })).toMatchObject({ billed: 2, encoding: 'gsm7' });
    const tooLong = await platform.client.send({ SMS_CONTENT: 'x'.repeat(1530), ...square });
    expect(tooLong.RESULT_CODE).toBe(CODE.Invalid_context);
  });
});

describe('the text', () => {
  it.each([
    ['gsm7', '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€\f'],
    ['latin1', 'ç'],
    ['latin1', 'Ä \u0000\u0080\u00ff `'],
    ['ucs2', 'Ā'],
    ['ucs2', 'ç€'],
    ['ucs2', '你好'],
    ['ucs2', '\u{1F600}'],
  ])('P6-ENCODING-1 takes the first encoding that carries all of it: %s for %j', async (encoding, SMS_CONTENT) =>
    expect(await sent({ SMS_CONTENT })).toMatchObject({ encoding, text: SMS_CONTENT, billed: 1 }),
  );

  it.each([
    ['x', 160, 1],
    ['x', 161, 2],
    ['x', 306, 2],
    ['x', 307, 3],
    ['x', 1530, 10],
    ['ç', 140, 1],
    ['ç', 141, 2],
    ['ç', 268, 2],
    ['ç', 269, 3],
    ['ç', 1340, 10],
    ['你', 70, 1],
    ['你', 71, 2],
    ['你', 134, 2],
    ['你', 135, 3],
    ['你', 670, 10],
    ['€', 80, 1],
    ['€', 81, 2],
    ['\u{1F600}', 35, 1],
    ['\u{1F600}', 36, 2],
  ])('P6-SLICE-1 %j × %i takes %i segments, and P6-BILL-1 each is billed', async (letter, count, billed) => {
    const text = letter.repeat(count);
    const { segments, ...rest } = await sent({ SMS_CONTENT: text });
    expect(rest).toMatchObject({ billed, text });
    expect(segments).toHaveLength(billed);
    expect(segments.join('')).toBe(text);
  });

  it.each([
    ['x', 1531],
    ['ç', 1341],
    ['你', 671],
    ['€', 761],
    ['\u{1F600}', 331],
  ])('P6-LIMIT-1 %j × %i takes more than 10 segments: Invalid_context', async (letter, count) => {
    const answer = await platform.client.send({ SMS_CONTENT: letter.repeat(count) });
    expect(answer).toMatchObject({ RESULT_CODE: CODE.Invalid_context, DETAIL_LIST: [] });
  });

  it.each([
    ['an extension pair', 'x'.repeat(152) + '€' + 'x'.repeat(10), 152],
    ['a surrogate pair', '你'.repeat(66) + '\u{1F600}' + '你'.repeat(10), 66],
  ])('P6-SPLIT-1 %s is never split between segments', async (_, SMS_CONTENT, first) =>
    expect((await sent({ SMS_CONTENT })).segments.map(({ length }) => length)).toEqual([
      first,
      SMS_CONTENT.length - first,
    ]),
  );

  it.each([['  blanks around \n'], ['e\u0301 and é'], ['ﬁ ① “quotes”'], ['a\u200bb']])(
    'P6-TEXT-1 %j is neither trimmed nor normalised',
    async (SMS_CONTENT) => expect((await sent({ SMS_CONTENT })).text).toBe(SMS_CONTENT),
  );
});

describe('money', () => {
  it.each(CURRENCIES)('P9-CURRENCY-1 accounts settle in %s', async (currency) => {
    const spent = await spentBy(platform, () => platform.client.send({ AUTH_KEY: `${currency}-key` }), currency);
    expect(spent).toBe(PRICE);
    const { body } = await platform.admin(`GET /admin/v1/accounts/${currency}/balance`);
    expect(body).toMatchObject({ balance: { currency } });
  });

  it('P9-PRICE-1 is counted exactly, to 10^-8 of the unit, segment by segment', async () => {
    const send = (SMS_CONTENT: string) => () => platform.client.send({ AUTH_KEY: 'fine-key', SMS_CONTENT });
    expect(await spentBy(platform, send('x'.repeat(161)), 'fine')).toBe(2n);
    expect(await spentBy(platform, send('x'.repeat(161)), 'fine')).toBe(0n);
    expect(await spentBy(platform, send('x'), 'fine')).toBe(1n);
    expect(await spentBy(platform, send('x'), 'fine')).toBe(0n);
  });

  it('P9-PRICE-2 is not converted: without a price in the currency of the account, Unpriced_area', async () => {
    const answer = await platform.client.send({ AUTH_KEY: 'fine-key', ...to(65, '81234567') });
    expect(codesOf(answer)).toEqual([CODE.Unpriced_area]);
  });
});
