import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { isAssignedCountryCode, isKnownRange, numberingPlan } from './numbering-plan.js';

/** A telephone number as UIP wants it and as people read it. */
export interface PhoneNumber {
  /** COUNTRY_CODE: the country calling code, 1 for all of North America. */
  readonly countryCode: number;
  /** DEST_MSISDN: the national (significant) number, digits only; Italy's leading 0 belongs to it. */
  readonly msisdn: string;
  /** `+`, country code, national number. */
  readonly e164: string;
  /** The input had a trunk prefix that E.164 does not have (`+44 (0)7911 …`), and it was taken out. Worth a warning. */
  readonly trunkPrefixRemoved: boolean;
}

/** Why an input is not a number that can be sent to. There is one object for each reason, and the number is in none. */
export interface NumberFault {
  /** `malformed`: it can't be read (400). `rule`: it is a number, and an impossible one (422). */
  readonly kind: 'malformed' | 'rule';
  readonly code: 'malformed_number' | 'impossible_number';
  /** The rule, as a sentence that completes "`to[3]` ...". */
  readonly rule: string;
}

/** Most digits of DEST_MSISDN (protocol.md 3). */
export const MAX_MSISDN_DIGITS = 32;

const CHINA = 86;
const CHINA_DIGITS = 11;

/** Longest input that is looked at: the digits, and as many separators as anybody would write. */
const MAX_INPUT = 80;

/**
 * What people and their software put between digits: blanks of all kinds, hyphens, brackets, dots, and the invisible
 * direction marks that come along when a number is copied from a contact.
 */
const SEPARATORS = /[\s().\-\u2010-\u2015\u2212\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]/g;
const DIGITS = /^[0-9]+$/;
const PLUS_AND_DIGITS = /^\+[0-9]+$/;

function malformed(rule: string): NumberFault {
  return Object.freeze({ kind: 'malformed', code: 'malformed_number', rule });
}

function impossible(rule: string): NumberFault {
  return Object.freeze({ kind: 'rule', code: 'impossible_number', rule });
}

const NOT_A_NUMBER = malformed('must be a number like "+85267000011" or { "countryCode", "msisdn" }');
const NOT_E164 = malformed('must be + followed by the country calling code and the national number, in digits');
const NOT_A_COUNTRY_CODE = malformed('countryCode must be an integer');
const NOT_DIGITS = malformed('msisdn must be a string of digits');
const UNASSIGNED_COUNTRY = impossible('must begin with an assigned country calling code');
const TOO_MANY_DIGITS = impossible(`must have at most ${MAX_MSISDN_DIGITS} digits after the country calling code`);
const WRONG_IN_CHINA = impossible(`must have exactly ${CHINA_DIGITS} digits after the country calling code 86`);
const IMPOSSIBLE = impossible('must have a number of digits that is possible in its country');

/**
 * Reads a recipient in either form of contract.md 4.
 *
 * - `"+85267000011"`: must start with `+`. Separators between the digits are removed, since users paste numbers as they find
 *   them: `"+852 6700-0011"` is the same number.
 * - `{ countryCode: 852, msisdn: "67000011" }`: an integer and a string of digits, nothing else.
 *
 * Refused is what libphonenumber's full metadata or the protocol (sections 3 and 4: assigned country code, at most 32 digits,
 * 11 in mainland China) call impossible. A number that is possible but looks unassigned is taken: see `looksUnassigned`.
 * The national number stays as it is given, but for a trunk prefix: where the number is impossible with it, or unassigned with
 * it and in a range in use without.
 *
 * Returns a `NumberFault` instead of throwing, for a list of 10,000 is judged number by number.
 */
export function parsePhoneNumber(input: unknown): PhoneNumber | NumberFault {
  if (typeof input === 'string') return parseInternational(input);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return NOT_A_NUMBER;
  const { countryCode, msisdn } = input as { countryCode?: unknown; msisdn?: unknown };
  if (typeof countryCode !== 'number' || !Number.isInteger(countryCode)) return NOT_A_COUNTRY_CODE;
  if (typeof msisdn !== 'string' || !DIGITS.test(msisdn)) return NOT_DIGITS;
  if (!isAssignedCountryCode(countryCode)) return UNASSIGNED_COUNTRY;
  return judge(countryCode, msisdn, `+${countryCode}${msisdn}`);
}

/** Tells the two outcomes of `parsePhoneNumber` apart. */
export function isNumberFault(result: PhoneNumber | NumberFault): result is NumberFault {
  return 'rule' in result;
}

/**
 * Whether no range that libphonenumber knows holds this number: it may be mistyped, or newer than the metadata. A warning,
 * or a refusal for an app that asks for strictness.
 */
export function looksUnassigned(number: PhoneNumber): boolean {
  return !isKnownRange(number.countryCode, number.msisdn);
}

/** DEST_MSISDN as protocol.md 3 wants it: 1 to 32 digits. */
export function isNationalNumber(msisdn: string): boolean {
  return msisdn.length <= MAX_MSISDN_DIGITS && DIGITS.test(msisdn);
}

/** Mainland China's rule (protocol.md 4): 11 digits. True of every number of another country. */
export function obeysChinaRule(countryCode: number, msisdn: string): boolean {
  return countryCode !== CHINA || msisdn.length === CHINA_DIGITS;
}

/**
 * Singapore's rule (protocol.md 7): 8 digits, the first 8 or 9. True of every number of another country. The platform
 * answers a breach with LOCAL_REJECTED, after acceptance; the gateway refuses nothing for it.
 */
export function obeysSingaporeRule(countryCode: number, msisdn: string): boolean {
  return countryCode !== 65 || (msisdn.length === 8 && (msisdn.startsWith('8') || msisdn.startsWith('9')));
}

/** An E.164 number for logs: country code and last two digits, bullets between (`+852••••••11`). Never throws. */
export function maskNumber(e164: string): string {
  const codeDigits = e164.startsWith('+') ? countryCodeDigits(e164) : 0;
  const shown = codeDigits === 0 ? '' : e164.slice(0, codeDigits + 1);
  const hidden = Math.max(0, e164.length - shown.length - 2);
  // Of so short a number the last two digits would be most of it.
  if (hidden < 2) return `${shown}••`;
  return `${shown}${'•'.repeat(hidden)}${e164.slice(-2)}`;
}

function parseInternational(text: string): PhoneNumber | NumberFault {
  if (text.length > MAX_INPUT) return NOT_E164;
  if (PLUS_AND_DIGITS.test(text)) return splitE164(text);
  const e164 = text.replace(SEPARATORS, '');
  return PLUS_AND_DIGITS.test(e164) ? splitE164(e164) : NOT_E164;
}

function splitE164(e164: string): PhoneNumber | NumberFault {
  const digits = countryCodeDigits(e164);
  if (digits === 0) return UNASSIGNED_COUNTRY;
  return judge(leadingNumber(e164, digits), e164.slice(digits + 1), e164);
}

/** Digits of the country code that `+...` begins with, 0 if it is not assigned. No code is the beginning of another. */
function countryCodeDigits(e164: string): number {
  for (let digits = 1; digits <= 3 && digits < e164.length; digits++)
    if (isAssignedCountryCode(leadingNumber(e164, digits))) return digits;
  return 0;
}

/** The number that the first digits after the `+` make, without cutting a string out. */
function leadingNumber(e164: string, digits: number): number {
  let value = 0;
  for (let index = 1; index <= digits; index++) value = value * 10 + (e164.charCodeAt(index) - 48);
  return value;
}

function judge(countryCode: number, msisdn: string, e164: string): PhoneNumber | NumberFault {
  if (msisdn.length > MAX_MSISDN_DIGITS) return TOO_MANY_DIGITS;
  const usual =
    obeysChinaRule(countryCode, msisdn) &&
    hasPlannedLength(countryCode, msisdn) &&
    numberingPlan(countryCode)?.general.test(msisdn) === true;
  return usual ? { countryCode, msisdn, e164, trunkPrefixRemoved: false } : judgeByLibrary(countryCode, msisdn, e164);
}

function hasPlannedLength(countryCode: number, msisdn: string): boolean {
  const lengths = numberingPlan(countryCode)?.lengths ?? 0;
  return msisdn.length < 32 && ((lengths >>> msisdn.length) & 1) === 1;
}

/**
 * What the pattern refuses: an impossible number, one that looks unassigned, or one with a trunk or carrier prefix. The
 * library knows which, at fifty times the cost.
 */
function judgeByLibrary(countryCode: number, msisdn: string, e164: string): PhoneNumber | NumberFault {
  const fault = countryCode === CHINA ? WRONG_IN_CHINA : IMPOSSIBLE;
  const parsed = parsePhoneNumberFromString(`+${countryCode}${msisdn}`, { extract: false });
  if (parsed?.countryCallingCode !== String(countryCode) || !parsed.isPossible()) return fault;
  const significant: string = parsed.nationalNumber;
  const possible =
    obeysChinaRule(countryCode, msisdn) && (significant === msisdn || hasPlannedLength(countryCode, msisdn));
  // Both readings may be possible: then the shorter one has to be in a range that is in use.
  const prefixed =
    significant !== msisdn &&
    obeysChinaRule(countryCode, significant) &&
    (!possible || isKnownRange(countryCode, significant));
  if (prefixed)
    return { countryCode, msisdn: significant, e164: `+${countryCode}${significant}`, trunkPrefixRemoved: true };
  return possible ? { countryCode, msisdn, e164, trunkPrefixRemoved: false } : fault;
}
