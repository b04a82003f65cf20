import { formatText } from './signature.js';
import {
  directionWarnings,
  needsNumericSender,
  needsRegistration,
  needsSignature,
  signatureWarnings,
  type WarningContext,
} from './warnings.js';

function codes(countryCode: number, context: Omit<WarningContext, 'countryCodes'> = {}): string[] {
  return directionWarnings({ ...context, countryCodes: [countryCode] }).map((warning) => warning.code);
}

describe('directionWarnings (protocol.md 8)', () => {
  it.each([251, 91, 62, 856, 60, 63, 7, 966, 66, 971, 84])('%d: registration', (countryCode) => {
    expect(codes(countryCode)).toEqual(['registration_required']);
    expect(needsRegistration(countryCode)).toBe(true);
    expect(needsSignature(countryCode)).toBe(false);
    const [unsigned] = directionWarnings({ countryCodes: [countryCode] });
    const [signed] = directionWarnings({ countryCodes: [countryCode], signature: 'Acme' });
    expect(unsigned.text).toContain('content and sender ID must be registered');
    expect(signed.text).toContain('content, sender ID and signature must be registered');
  });

  it('mainland China: registration, and a signature', () => {
    expect(codes(86)).toEqual(['registration_required', 'signature_required']);
    expect(codes(86, { signature: '' })).toEqual(['registration_required', 'signature_required']);
    expect(codes(86, { signature: 'Acme' })).toEqual(['registration_required']);
    expect(codes(86, { signatureInText: true })).toEqual(['registration_required']);
    expect(needsRegistration(86) && needsSignature(86)).toBe(true);
  });

  it('P8-HONGKONG-1 Hong Kong: it depends on the operator', () => {
    expect(codes(852)).toEqual(['sender_operator_dependent']);
    const [alphanumeric] = directionWarnings({ countryCodes: [852], sender: 'CloudSMS' });
    const [numeric] = directionWarnings({ countryCodes: [852], sender: '12345' });
    expect(alphanumeric.text).not.toContain('PCCWG');
    expect(numeric.text).toContain('PCCWG');
    expect(needsRegistration(852)).toBe(false);
  });

  it('South Korea: a numeric sender', () => {
    expect(codes(82, { sender: '0212345678' })).toEqual([]);
    expect(codes(82, { sender: 'CloudSMS' })).toEqual(['numeric_sender_required']);
    expect(codes(82)).toEqual(['numeric_sender_required']);
    expect(codes(82, { sender: '' })).toEqual(['numeric_sender_required']);
    expect(needsNumericSender(82)).toBe(true);
    expect(needsNumericSender(852)).toBe(false);
  });

  it.each([1, 65, 44, 81])('%d: nothing', (countryCode) => {
    expect(codes(countryCode)).toEqual([]);
  });

  it('says each thing once, in the order of the recipients', () => {
    const countryCodes = [852, 1, 86, 852, 91, 86];
    expect(directionWarnings({ countryCodes }).map((warning) => warning.countryCode)).toEqual([852, 86, 86, 91]);
  });
});

describe('signatureWarnings', () => {
  it('tells of a signature that makes the SMS longer by its encoding', () => {
    const text = 'a'.repeat(100);
    const [warning] = signatureWarnings(text, formatText(text, 'Acme', 1));
    expect(warning).toEqual({
      code: 'signature_raises_cost',
      text: 'The signature changes the encoding from gsm7 to ucs2: 2 segments instead of 1.',
    });
  });

  it('is silent where it costs nothing, or only its own length', () => {
    expect(signatureWarnings('hello', formatText('hello', 'Acme', 1))).toEqual([]);
    const text = 'a'.repeat(160);
    expect(signatureWarnings(text, formatText(text, 'Acme', 3))).toEqual([]);
    expect(signatureWarnings(text, text)).toEqual([]);
  });
});
