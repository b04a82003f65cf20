import { ApplicationError, type FieldFault } from '../../errors.js';
import { looksUnassigned, type PhoneNumber } from './phone-number.js';
import type { Warning } from './warnings.js';

/** Numbers that warnings of a kind, or the faults of a refusal, name at the most; ten thousand would help nobody. */
const MAX_NAMED = 20;

/** The member of a request with which a duty of protocol.md 8 is met; what is not here nobody can refuse for. */
const FIELD_OF_DUTY: Partial<Record<Warning['code'], string>> = {
  registration_required: 'to',
  signature_required: 'signature',
  numeric_sender_required: 'from',
};

/** What is odd about recipients that are taken all the same, by their place in `to`; at most 20 of a kind. */
export function numberWarnings(recipients: readonly PhoneNumber[]): Warning[] {
  const unassigned = placesOf(recipients, looksUnassigned).map((field) => ({
    code: 'number_looks_unassigned' as const,
    field,
    text: 'No known range of its country holds this number.',
  }));
  const prefixed = placesOf(recipients, ({ trunkPrefixRemoved }) => trunkPrefixRemoved).map((field) => ({
    code: 'trunk_prefix_removed' as const,
    field,
    text: 'The number had a trunk prefix, which is not dialled from abroad: it was taken out.',
  }));
  return [...unassigned, ...prefixed];
}

/**
 * Refuses numbers that look unassigned, for an app that asks for strictness.
 * @throws ApplicationError `unassigned_number` (rule), naming up to 20 of them
 */
export function refuseUnassigned(recipients: readonly PhoneNumber[]): void {
  const faults = placesOf(recipients, looksUnassigned).map((field) => ({
    field,
    rule: 'must be in a range that its country uses',
  }));
  const [first] = faults;
  if (first === undefined) return;
  throw new ApplicationError('rule', 'unassigned_number', `${first.field} ${first.rule}.`, { faults });
}

/**
 * Refuses what breaks a direction's sender rules or registration duties, for an app that asks for strictness.
 * @param warnings all that there are
 * @throws ApplicationError `direction_duty_unmet` (rule), naming each duty
 */
export function refuseUnmetDuties(warnings: readonly Warning[]): void {
  const faults = unmetDuties(warnings);
  const [first] = faults;
  if (first === undefined) return;
  throw new ApplicationError('rule', 'direction_duty_unmet', first.rule, { faults });
}

/** The duties that are not met, of all that is worth saying. */
export function unmetDuties(warnings: readonly Warning[]): FieldFault[] {
  return warnings.flatMap(({ code, text }) => {
    const field = FIELD_OF_DUTY[code];
    return field === undefined ? [] : [{ field, rule: text }];
  });
}

function placesOf(recipients: readonly PhoneNumber[], matches: (number: PhoneNumber) => boolean): string[] {
  const places: string[] = [];
  for (let index = 0; index < recipients.length && places.length < MAX_NAMED; index += 1) {
    if (matches(recipients[index])) places.push(`to[${index}]`);
  }
  return places;
}
