import { ValidateBy, type ValidationOptions } from 'class-validator';
import { fitsBytes, isAbsent, isPrintableAscii, isUint, isWireObject } from './domain/members.js';
import { ResultCode } from './domain/result-code.js';
import { parseUipTime } from './domain/uip-time.js';

/**
 * When a packet's rule is judged (protocol.md 4): AUTH_KEY, then (after the account is known) VERSION, then the other
 * parameters in the order of their declaration, then the content.
 */
export enum Stage {
  AuthKey,
  Version,
  Parameters,
  Content,
}

/** What breaking a rule means for the packet: class-validator carries it as the rule's context. */
export interface RuleContext {
  readonly stage: Stage;
  readonly resultCode: ResultCode;
}

/** Where a rule stands in the protocol's order, when it is not the ordinary one. */
export interface RulePlace {
  readonly stage?: Stage;
  readonly resultCode?: ResultCode;
}

interface MemberRule {
  readonly member: string;
  readonly holds: (value: unknown) => boolean;
}

/** The rules of each DTO, by its prototype: what class-validator knows too, in a form that is quick to go through. */
const RULES = new WeakMap<object, MemberRule[]>();

/**
 * Whether a DTO keeps all its rules. class-validator takes 7 µs and more to say so, this takes 2; it is asked only for what
 * is wrong, once something is. Rules of a base class are not looked at: no packet inherits from another.
 */
export function keepsAllRules(dto: object): boolean {
  const rules = RULES.get(Object.getPrototypeOf(dto) as object) ?? [];
  const members = dto as Record<string, unknown>;
  for (const { member, holds } of rules) if (!holds(members[member])) return false;
  return true;
}

/**
 * Makes a rule of the wire out of a predicate, for class-validator and for `keepsAllRules`. All rules but `IsPresent` pass
 * what is absent, and each judges one thing only, so that a member never breaks two rules at once.
 */
function rule(name: string, sentence: string, holds: (value: unknown) => boolean, place: RulePlace): PropertyDecorator {
  const context: RuleContext = {
    stage: place.stage ?? Stage.Parameters,
    resultCode: place.resultCode ?? ResultCode.Invalid_parameter,
  };
  const validate = name === 'isPresent' ? holds : (value: unknown): boolean => isAbsent(value) || holds(value);
  const options: ValidationOptions = { context };
  const decorate = ValidateBy(
    { name, validator: { validate, defaultMessage: () => `$property ${sentence}` } },
    options,
  );
  return (target, member) => {
    const rules = RULES.get(target) ?? [];
    RULES.set(target, [...rules, { member: String(member), holds: validate }]);
    decorate(target, member);
  };
}

/** The member is required: neither missing nor null nor empty. */
export function IsPresent(place: RulePlace = {}): PropertyDecorator {
  return rule('isPresent', 'is absent', (value) => !isAbsent(value), place);
}

/** The member is a text. */
export function IsText(place: RulePlace = {}): PropertyDecorator {
  return rule('isText', 'must be a text', (value) => typeof value === 'string', place);
}

/** A text takes at most so many bytes in UTF-8. */
export function MaxBytes(limit: number, place: RulePlace = {}): PropertyDecorator {
  const holds = (value: unknown): boolean => typeof value !== 'string' || fitsBytes(value, limit);
  return rule('maxBytes', `must be at most ${limit} bytes`, holds, place);
}

/** A text is printable ASCII, 0x20..0x7E. */
export function IsPrintableAscii(place: RulePlace = {}): PropertyDecorator {
  const holds = (value: unknown): boolean => typeof value !== 'string' || isPrintableAscii(value);
  return rule('isPrintableAscii', 'must be printable ASCII', holds, place);
}

/** The member is an unsigned integer of 4 bytes within the bounds; a numeric text is not one. */
export function IsUint(bounds: { min?: number; max?: number } = {}, place: RulePlace = {}): PropertyDecorator {
  const { min = 0, max = 0xffff_ffff } = bounds;
  const holds = (value: unknown): boolean => isUint(value) && value >= min && value <= max;
  return rule('isUint', `must be an integer, ${min}..${max}`, holds, place);
}

/** The member is an integer, of whatever size and sign. */
export function IsInteger(place: RulePlace = {}): PropertyDecorator {
  return rule('isInteger', 'must be an integer', Number.isSafeInteger, place);
}

/** A text is one of these words; one that takes more bytes than `limit` is `MaxBytes`' to judge. */
export function IsOneOf(words: readonly string[], limit: number, place: RulePlace = {}): PropertyDecorator {
  const holds = (value: unknown): boolean =>
    typeof value !== 'string' || !fitsBytes(value, limit) || words.includes(value);
  return rule('isOneOf', `must be ${words.join(' or ')}`, holds, place);
}

/** A text is a time of the wire, `YYYY-MM-DD HH:MM:SS`, and names a real date (protocol.md 2). */
export function IsUipTime(place: RulePlace = {}): PropertyDecorator {
  const holds = (value: unknown): boolean => typeof value !== 'string' || parseUipTime(value) !== undefined;
  return rule('isUipTime', 'must be YYYY-MM-DD HH:MM:SS', holds, place);
}

/** The member is a JSON object. */
export function IsJsonObject(place: RulePlace = {}): PropertyDecorator {
  return rule('isJsonObject', 'must be an object', isWireObject, place);
}

/** The member's compact JSON takes at most so many bytes. */
export function MaxJsonBytes(limit: number, place: RulePlace = {}): PropertyDecorator {
  const holds = (value: unknown): boolean => fitsBytes(JSON.stringify(value), limit);
  return rule('maxJsonBytes', `must be at most ${limit} bytes of compact JSON`, holds, place);
}

/**
 * The member is a list of 1..`limit` entries. Entries are not looked at here but for being objects where that is asked for:
 * class-validator over a list of 200 numbers costs 200 times what a plain loop does (performance.md).
 */
export function IsListOf(kind: 'objects' | 'anything', limit: number, place: RulePlace = {}): PropertyDecorator {
  const holds = (value: unknown): boolean =>
    Array.isArray(value) && value.length <= limit && (kind === 'anything' || value.every(isWireObject));
  const what = kind === 'objects' ? ' objects' : '';
  return rule('isListOf', `must be a list of 1..${limit}${what}`, holds, place);
}
