import * as fc from 'fast-check';

import { matchesContent, meetsDuties, type RegisteredContent, type Registration } from './registration.js';

const content = (members: Partial<RegisteredContent> = {}): RegisteredContent => ({
  text: 'Code 1234',
  signature: undefined,
  signatureType: undefined,
  senderId: 'CloudSMS',
  ...members,
});
const registration = (members: Partial<Registration> = {}): Registration => ({
  countryCode: 86,
  signature: undefined,
  senderId: undefined,
  content: undefined,
  ...members,
});

describe('meetsDuties', () => {
  it('asks nothing of countries without duties', () => {
    expect(meetsDuties(852, content(), [])).toBe(true);
  });

  it('asks a registered signature of mainland China', () => {
    const signed = registration({ signature: 'S', content: 'Code {}' });
    expect(meetsDuties(86, content(), [signed, registration()])).toBe(false);
    expect(meetsDuties(86, content({ signature: 'S' }), [signed])).toBe(true);
    expect(meetsDuties(86, content({ signature: 'T' }), [signed])).toBe(false);
    expect(meetsDuties(86, content({ signature: 'S' }), [registration()])).toBe(false);
  });

  it('asks content and sender of the others, and a signature only when there is one', () => {
    const thai = registration({ countryCode: 66, senderId: 'CloudSMS', content: 'Code {}' });
    expect(meetsDuties(66, content(), [thai])).toBe(true);
    expect(meetsDuties(66, content({ senderId: 'Other' }), [thai])).toBe(false);
    expect(meetsDuties(66, content({ text: 'Hello' }), [thai])).toBe(false);
    expect(meetsDuties(66, content({ signature: 'S' }), [thai])).toBe(false);
    expect(meetsDuties(84, content(), [thai])).toBe(false);
  });

  it('wants one registration that matches in all that it names, not several that do between them', () => {
    const two = [
      registration({ countryCode: 66, senderId: 'CloudSMS', content: 'A' }),
      registration({ countryCode: 66, senderId: 'Other', content: 'Code {}' }),
    ];
    expect(meetsDuties(66, content(), two)).toBe(false);
  });

  it('leaves out a signature that stands in the text already', () => {
    const signed = registration({ signature: 'S', content: 'Code {}' });
    const typed = { signature: 'S', signatureType: 5 };
    expect(meetsDuties(86, content({ ...typed, text: '【S】Code 1' }), [signed])).toBe(true);
    expect(meetsDuties(86, content({ ...typed, text: 'Code 1[S]' }), [signed])).toBe(true);
    expect(meetsDuties(86, content({ signature: 'S', text: '【S】Code 1' }), [signed])).toBe(false);
  });

  it('asks a numeric sender of South Korea', () => {
    expect(meetsDuties(82, content({ senderId: '15881588' }), [])).toBe(true);
    expect(meetsDuties(82, content(), [])).toBe(false);
  });
});

describe('matchesContent', () => {
  it.each([
    ['Code {}', 'Code ', true],
    ['Code {}', 'code 1', false],
    ['{}', '', true],
    ['a{}a', 'a', false],
    ['a{}b{}c', 'a b b c', true],
    ['a{}b{}c', 'a c', false],
    ['{}ab{}', 'xaab', true],
    ['ab{}bc', 'abc', false],
    ['x', 'x', true],
    ['x', 'xx', false],
  ])('%j against %j', (pattern, text, expected) => {
    expect(matchesContent(pattern, text)).toBe(expected);
  });

  it('agrees with the regular expression that says the same', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '{}'), { maxLength: 8 }).map((parts) => parts.join(''));
    const texts = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        expect(matchesContent(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll('{}', '.*')}$`).test(text));
      }),
    );
  });
});
