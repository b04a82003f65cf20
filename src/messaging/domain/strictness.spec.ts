import { ApplicationError } from '../../errors.js';
import { isNumberFault, parsePhoneNumber, type PhoneNumber } from './phone-number.js';
import { numberWarnings, refuseUnassigned, refuseUnmetDuties } from './strictness.js';
import { directionWarnings } from './warnings.js';

function numbersOf(...inputs: string[]): PhoneNumber[] {
  return inputs.map((input) => {
    const number = parsePhoneNumber(input);
    if (isNumberFault(number)) throw new Error(number.rule);
    return number;
  });
}

function faultOf(work: () => unknown): ApplicationError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ApplicationError) return error;
    throw error;
  }
}

const GOOD = '+85267000011';
const UNASSIGNED = '+85211111111';
const PREFIXED = '+44 (0)7911 123456';

describe('numbers', () => {
  it('that look unassigned, or had a trunk prefix, are warned about by their place', () => {
    const warnings = numberWarnings(numbersOf(GOOD, UNASSIGNED, PREFIXED));
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([
      ['number_looks_unassigned', 'to[1]'],
      ['trunk_prefix_removed', 'to[2]'],
    ]);
    expect(JSON.stringify(warnings)).not.toContain('1111111');
    expect(numberWarnings(numbersOf(GOOD))).toEqual([]);
  });

  it('are named twenty times a kind at the most', () => {
    expect(numberWarnings(numbersOf(...Array.from({ length: 50 }, () => UNASSIGNED)))).toHaveLength(20);
  });

  it('that look unassigned are refused where strictness is asked for', () => {
    expect(faultOf(() => refuseUnassigned(numbersOf(GOOD, PREFIXED)))).toBeUndefined();
    const fault = faultOf(() => refuseUnassigned(numbersOf(GOOD, UNASSIGNED)));
    expect(fault).toMatchObject({ kind: 'rule', code: 'unassigned_number', faults: [{ field: 'to[1]' }] });
  });
});

describe('duties of a direction', () => {
  const refusal = (countryCode: number, more: object = {}) =>
    faultOf(() => refuseUnmetDuties(directionWarnings({ countryCodes: [countryCode], ...more })));

  it('are refused with the member that would meet them', () => {
    expect(refusal(86)?.faults.map(({ field }) => field)).toEqual(['to', 'signature']);
    expect(refusal(82, { sender: 'Shop' })?.faults.map(({ field }) => field)).toEqual(['from']);
    expect(refusal(91)).toMatchObject({ kind: 'rule', code: 'direction_duty_unmet' });
  });

  it('are met by registration, signature and a numeric sender', () => {
    expect(refusal(86, { registeredCountries: [86], signature: 'Shop' })).toBeUndefined();
    expect(refusal(82, { sender: '12345' })).toBeUndefined();
    expect(refusal(91, { registeredCountries: [91] })).toBeUndefined();
  });

  it('that depend on an operator whom nobody here knows are never refused', () => {
    expect(refusal(852)).toBeUndefined();
    expect(refusal(65)).toBeUndefined();
  });
});
