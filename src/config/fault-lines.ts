import type { ValidationError } from 'class-validator';

import type { FieldFault } from '../errors.js';

/**
 * The faults that class-validator found, flat, each with the path of its member as a reader of the JSON would write it:
 * `accounts[0].prices[2].perSegment`.
 */
export function flattenFaults(errors: readonly ValidationError[], parent = ''): FieldFault[] {
  return errors.flatMap((error) => {
    const field = memberPath(parent, error.property);
    // What is no object is told by IsObject already, beside every nested validation.
    const own = Object.entries(error.constraints ?? {})
      .filter(([name]) => name !== 'nestedValidation')
      .map(([, message]) => ({ field, rule: withoutName(message, error.property) }));
    return [...own, ...flattenFaults(error.children ?? [], field)];
  });
}

/** A fault as one line: path, blank, rule. */
export function faultLine({ field, rule }: FieldFault): string {
  return `${field} ${rule}`;
}

function memberPath(parent: string, name: string): string {
  if (/^\d+$/.test(name)) return `${parent}[${name}]`;
  return parent === '' ? name : `${parent}.${name}`;
}

/** class-validator begins its messages with the name of the member, which the path says already. */
function withoutName(message: string, name: string): string {
  if (message === `property ${name} should not exist`) return 'is unknown here';
  if (message === `each value in ${name} must be an object`) return 'must hold nothing but objects';
  return message.startsWith(`${name} `) ? message.slice(name.length + 1) : message;
}
