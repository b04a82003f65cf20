import * as fc from 'fast-check';
import examples from 'libphonenumber-js/mobile/examples';
import {
  getCountries,
  getCountryCallingCode,
  isPossiblePhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { assignedCountryCodes, isAssignedCountryCode, numberingPlan } from './numbering-plan.js';
import {
  isNationalNumber,
  isNumberFault,
  looksUnassigned,
  maskNumber,
  obeysChinaRule,
  obeysSingaporeRule,
  parsePhoneNumber,
  type PhoneNumber,
} from './phone-number.js';

function accepted(input: unknown): PhoneNumber {
  const result = parsePhoneNumber(input);
  if (isNumberFault(result)) throw new Error(`refused: ${result.rule}`);
  return result;
}

function codeOf(input: unknown): string | undefined {
  const result = parsePhoneNumber(input);
  return isNumberFault(result) ? result.code : undefined;
}

describe('the international form', () => {
  it.each([
    ['+85267000011', 852, '67000011'],
    ['+85260000000', 852, '60000000'],
    ['+6581230001', 65, '81230001'],
    ['+6567000011', 65, '67000011'],
    ['+8613800000003', 86, '13800000003'],
    ['+12025550123', 1, '2025550123'],
    ['+12425550123', 1, '2425550123'],
    ['+77012345678', 7, '7012345678'],
    ['+447911123456', 44, '7911123456'],
    ['+390612345678', 39, '0612345678'],
    ['+393123456789', 39, '3123456789'],
    ['+8801712345678', 880, '1712345678'],
    ['+80012345678', 800, '12345678'],
    ['+88213123456', 882, '13123456'],
    ['+13101234', 1, '3101234'],
  ])('%s', (e164, countryCode, msisdn) => {
    expect(accepted(e164)).toEqual({ countryCode, msisdn, e164, trunkPrefixRemoved: false });
    expect(accepted({ countryCode, msisdn })).toEqual({ countryCode, msisdn, e164, trunkPrefixRemoved: false });
  });

  it.each([
    '+852 6700 0011',
    ' +852 6700 0011 ',
    '+852-6700-0011',
    '+852.6700.0011',
    '(+852) 67000011',
    '+852\u00a06700\u202f0011',
    '\u202a+852 6700\u20110011\u202c',
    '+(852)67 00 00 11',
  ])('removes what people put between digits: %j', (text) => {
    expect(accepted(text).e164).toBe('+85267000011');
  });

  it.each([
    '',
    '+',
    ' ',
    '85267000011',
    '0085267000011',
    '++85267000011',
    '+852a7000011',
    '+852/67000011',
    '67000011+852',
  ])('is malformed: %j', (text) => {
    expect(codeOf(text)).toBe('malformed_number');
  });

  it('is malformed in other digits, with an extension, or too long to be looked at', () => {
    expect(codeOf('+852٦٧٠٠٠٠١١')).toBe('malformed_number');
    expect(codeOf('+85267000011 ext. 5')).toBe('malformed_number');
    expect(codeOf(`+852${' '.repeat(100_000)}67000011`)).toBe('malformed_number');
  });
});

describe('the form in two members', () => {
  it.each([
    [{}],
    [{ countryCode: 852 }],
    [{ msisdn: '67000011' }],
    [{ countryCode: '852', msisdn: '67000011' }],
    [{ countryCode: 852.5, msisdn: '67000011' }],
    [{ countryCode: 852, msisdn: 67000011 }],
    [{ countryCode: 852, msisdn: '6700 0011' }],
    [{ countryCode: 852, msisdn: '+67000011' }],
    [{ countryCode: 852, msisdn: '' }],
    [['+85267000011']],
    [null],
    [undefined],
    [85267000011],
  ])('%j is malformed', (input) => {
    expect(codeOf(input)).toBe('malformed_number');
  });

  it.each([0, -852, 999, 210, 1242, 85_200_000_011, 2 ** 32 + 852])(
    '%d is not an assigned country code',
    (countryCode) => {
      expect(codeOf({ countryCode, msisdn: '67000011' })).toBe('impossible_number');
    },
  );
});

describe('impossible numbers', () => {
  it.each([
    ['+852'],
    ['+8521'],
    ['+85212'],
    ['+8526700001100000'],
    ['+9991234567'],
    ['+0123456789'],
    ['+21012345678'],
    ['+1202555'],
    ['+15551234'],
    ['+120255501234'],
    ['+6512345'],
    [`+852${'1'.repeat(32)}`],
    [`+852${'1'.repeat(33)}`],
  ])('%s', (text) => {
    expect(codeOf(text)).toBe('impossible_number');
  });

  it('of mainland China are all that have not 11 digits', () => {
    for (const digits of [7, 8, 9, 10, 12])
      expect(codeOf(`+86${'1381234567890'.slice(0, digits)}`)).toBe('impossible_number');
    expect(accepted('+8613812345678').msisdn).toBe('13812345678');
    expect(accepted('+8619912345678').msisdn).toBe('19912345678');
  });

  it('are told without the number', () => {
    for (const input of ['+99912345678', '+8612345678', 'x12345678', { countryCode: 852, msisdn: '1' }]) {
      const result = parsePhoneNumber(input);
      if (!isNumberFault(result)) throw new Error('accepted');
      expect(result.rule).toMatch(/^(?:must|countryCode must|msisdn must) /);
      expect(result.rule).not.toContain('12345678');
      expect(result.kind).toBe(result.code === 'malformed_number' ? 'malformed' : 'rule');
    }
  });
});

describe('a trunk prefix', () => {
  it.each([
    ['+44 (0)7911 123456', '+447911123456'],
    ['+49 (0)151 23456789', '+4915123456789'],
    ['+610412345678', '+61412345678'],
    ['+86 013812345678', '+8613812345678'],
    ['+81 090 1234 5678', '+819012345678'],
  ])('is taken out of %s', (text, e164) => {
    expect(accepted(text)).toMatchObject({ e164, trunkPrefixRemoved: true });
  });

  it('is left where it makes no number of a range in use, and the number is possible with it', () => {
    expect(accepted('+8520700001')).toMatchObject({ msisdn: '0700001', trunkPrefixRemoved: false });
  });
});

describe('against libphonenumber itself', () => {
  it('takes its example of a mobile number in every country as it is', () => {
    for (const country of getCountries()) {
      const countryCode = Number(getCountryCallingCode(country));
      const msisdn: string = examples[country];
      expect(accepted(`+${countryCode}${msisdn}`)).toMatchObject({ countryCode, msisdn, trunkPrefixRemoved: false });
    }
  });

  it('knows the same country calling codes, and none is the beginning of another', () => {
    const codes = assignedCountryCodes();
    const ofCountries = getCountries().map((country) => Number(getCountryCallingCode(country)));
    const ofNone = [800, 808, 870, 878, 881, 882, 883, 888, 979];
    expect(codes).toEqual([...new Set([...ofCountries, ...ofNone])].toSorted((one, other) => one - other));
    for (const code of codes) {
      expect(isAssignedCountryCode(code)).toBe(true);
      expect(codes.filter((other) => String(other).startsWith(String(code)))).toEqual([code]);
    }
    for (const other of [0, 999, 1000, 1.5, -1, Number.NaN]) expect(numberingPlan(other)).toBeUndefined();
  });

  const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: 1, maxLength: 14 });
  const code = fc.constantFrom(...assignedCountryCodes());

  it('refuses what it calls impossible and nothing else, China apart', () => {
    fc.assert(
      fc.property(code, digits, (countryCode, msisdn) => {
        fc.pre(countryCode !== 86);
        const e164 = `+${countryCode}${msisdn}`;
        expect([e164, isNumberFault(parsePhoneNumber(e164))]).toEqual([e164, !isPossiblePhoneNumber(e164)]);
      }),
      { numRuns: 5000 },
    );
  });

  it('changes the national number only as it does itself', () => {
    fc.assert(
      fc.property(code, digits, (countryCode, msisdn) => {
        const result = parsePhoneNumber({ countryCode, msisdn });
        if (isNumberFault(result)) return;
        expect(result.e164).toBe(`+${countryCode}${result.msisdn}`);
        if (!result.trunkPrefixRemoved) return expect(result.msisdn).toBe(msisdn);
        const theirs = parsePhoneNumberFromString(`+${countryCode}${msisdn}`);
        expect(theirs?.nationalNumber).toBe(result.msisdn);
      }),
      { numRuns: 5000 },
    );
  });

  it('finds a number unassigned where it finds none of its kinds of number', () => {
    fc.assert(
      fc.property(code, digits, (countryCode, msisdn) => {
        const result = parsePhoneNumber({ countryCode, msisdn });
        if (isNumberFault(result)) return;
        const theirs = parsePhoneNumberFromString(result.e164);
        fc.pre(theirs?.nationalNumber === result.msisdn);
        if (theirs?.isValid()) expect(looksUnassigned(result)).toBe(false);
      }),
      { numRuns: 5000 },
    );
    expect(looksUnassigned(accepted('+85267000011'))).toBe(false);
    expect(looksUnassigned(accepted('+12025550123'))).toBe(false);
    expect(looksUnassigned(accepted('+8610000000000'))).toBe(true);
    expect(looksUnassigned(accepted('+11111111111'))).toBe(true);
  });
});

describe('the rules of the platform', () => {
  it('takes 1 to 32 digits', () => {
    for (const msisdn of ['1', '67000011', '9'.repeat(32)]) expect(isNationalNumber(msisdn)).toBe(true);
    for (const other of ['', '9'.repeat(33), '6700 0011', '+1', 'abc', '１２', '1\n'])
      expect(isNationalNumber(other)).toBe(false);
  });

  it('China: 11 digits', () => {
    expect(obeysChinaRule(86, '13800000003')).toBe(true);
    expect(obeysChinaRule(86, '1380000000')).toBe(false);
    expect(obeysChinaRule(852, '1')).toBe(true);
  });

  it('Singapore: 8 digits, the first 8 or 9', () => {
    for (const msisdn of ['81230001', '91230001']) expect(obeysSingaporeRule(65, msisdn)).toBe(true);
    for (const msisdn of ['61230001', '8123000', '812300011', '31230001'])
      expect(obeysSingaporeRule(65, msisdn)).toBe(false);
    expect(obeysSingaporeRule(852, '61230001')).toBe(true);
  });
});

describe('maskNumber', () => {
  it.each([
    ['+85267000011', '+852••••••11'],
    ['+12025550123', '+1••••••••23'],
    ['+8613800000003', '+86•••••••••03'],
    ['+99912345678', '••••••••••78'],
    ['67000011', '••••••11'],
    ['+852123', '+852••'],
    ['+852', '+852••'],
    ['+', '••'],
    ['', '••'],
  ])('%s is %s', (e164, masked) => {
    expect(maskNumber(e164)).toBe(masked);
  });

  it('never shows more than the country and two digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('+0123456789')), maxLength: 20 }), (text) => {
        const shown = maskNumber(text).replaceAll('•', '');
        expect(shown.length).toBeLessThanOrEqual(4 + 2);
      }),
    );
  });
});
