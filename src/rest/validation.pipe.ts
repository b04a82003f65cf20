import 'reflect-metadata';

import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';

import { ApplicationError, type FieldFault } from '../errors.js';

type Shape = new () => object;

const NOT_KNOWN = 'is not known here';

const asIs = new WeakMap<object, Set<string>>();

/**
 * A member that is taken over as it came: neither copied nor walked, so that 10,000 numbers cost nothing here. Decorators
 * beside this one look at the member itself (`@IsArray`, `@ArrayMaxSize`); what is inside is for a plain loop to check.
 */
export function AsIs(): PropertyDecorator {
  return (target, name) => {
    const names = asIs.get(target.constructor) ?? new Set();
    asIs.set(target.constructor, names.add(String(name)));
  };
}

/** The input does not have the shape that the call takes: every fault with the path of its member. */
export class InvalidRequestError extends ApplicationError {
  constructor(faults: readonly FieldFault[]) {
    const [first] = faults;
    super('malformed', 'invalid_request', first === undefined ? 'The request is malformed.' : sentence(first), {
      faults,
    });
  }
}

/**
 * Checks bodies and query strings against their DTO class (class-validator) and hands on an instance of it. Members that
 * the class does not know are faults: a misspelt option must not be ignored in silence.
 *
 * @throws InvalidRequestError
 */
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { metatype, type } = metadata;
    if (!isShape(metatype) || type === 'custom' || type === 'param') return value;
    if (value === undefined && type === 'body')
      throw new InvalidRequestError([{ field: '', rule: 'must have a body' }]);
    return validate(metatype, value);
  }
}

/**
 * Checks a value against a DTO class and returns an instance of it; unknown members are faults.
 *
 * @throws InvalidRequestError
 */
export function validate<T extends object>(shape: new () => T, value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidRequestError([{ field: '', rule: 'must be an object' }]);
  }
  // class-transformer leaves out what is named like a member of every object; here such a name is an unknown one.
  const inherited = Object.keys(value).filter((name) => name in Object.prototype);
  if (inherited.length > 0) throw new InvalidRequestError(inherited.map((field) => ({ field, rule: NOT_KNOWN })));
  const instance = instantiate(shape, value as Record<string, unknown>);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    stopAtFirstError: true,
    validationError: { target: false },
  });
  if (errors.length > 0) throw new InvalidRequestError(errors.flatMap((error) => faultsOf(error, '', false)));
  return instance;
}

function instantiate<T extends object>(shape: new () => T, value: Record<string, unknown>): T {
  const untouched = asIs.get(shape);
  const copied = Object.entries(value).filter(([name]) => untouched?.has(name) !== true);
  const instance = plainToInstance(shape, Object.fromEntries(copied));
  for (const name of untouched ?? []) {
    if (Object.hasOwn(value, name)) Object.assign(instance, { [name]: value[name] });
  }
  return instance;
}

/** Classes with rules; not String, Object and the like, which stand for parameters without a DTO. */
function isShape(metatype: ArgumentMetadata['metatype']): metatype is Shape {
  return (
    typeof metatype === 'function' &&
    !([String, Boolean, Number, Array, Object, Date, Buffer] as readonly unknown[]).includes(metatype)
  );
}

function faultsOf(error: ValidationError, parent: string, inList: boolean): FieldFault[] {
  const field = pathOf(parent, error.property, inList);
  const own = Object.entries(error.constraints ?? {}).map(([name, message]) => ({
    field,
    rule: name === 'whitelistValidation' ? NOT_KNOWN : withoutName(message, error.property),
  }));
  const children = error.children ?? [];
  return [...own, ...children.flatMap((child) => faultsOf(child, field, Array.isArray(error.value)))];
}

function pathOf(parent: string, property: string, inList: boolean): string {
  if (inList) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

/** class-validator begins its messages with the member's name, which stands in `field` already. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

function sentence({ field, rule }: FieldFault): string {
  return field === '' ? `The request ${rule}.` : `${field} ${rule}.`;
}
