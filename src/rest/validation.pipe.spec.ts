import 'reflect-metadata';

import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';

import { AsIs, InvalidRequestError, validate, ValidationPipe } from './validation.pipe.js';

class Signature {
  @IsString() text: string;
}

class Message {
  @AsIs() @IsArray() @ArrayMaxSize(2) to: unknown[];
  @IsOptional() @ValidateNested() @Type(() => Signature) signature?: Signature;
}

const faultsOf = (value: unknown) => {
  try {
    validate(Message, value);
    return [];
  } catch (error) {
    return error instanceof InvalidRequestError ? error.faults : [String(error)];
  }
};

describe('validation', () => {
  test('takes a member over as it came where it is told to', () => {
    const to = [{ countryCode: 852, anything: { at: 'all' } }, 'x'];
    const message = validate(Message, { to, signature: { text: 'A' } });
    expect(message.to).toBe(to);
    expect(message).toBeInstanceOf(Message);
    expect(message.signature).toBeInstanceOf(Signature);
    expect(faultsOf({ to: [1, 2, 3] })).toEqual([{ field: 'to', rule: 'must contain no more than 2 elements' }]);
    expect(faultsOf({})).toEqual([expect.objectContaining({ field: 'to' })]);
  });

  test('names members by their path', () => {
    expect(faultsOf({ to: [], signature: { text: 5, type: 1 } })).toEqual([
      { field: 'signature.type', rule: 'is not known here' },
      { field: 'signature.text', rule: 'must be a string' },
    ]);
  });

  test.each([[null], [5], ['x'], [[]], [undefined]])('refuses what is no object: %j', (value) => {
    expect(faultsOf(value)).toEqual([{ field: '', rule: 'must be an object' }]);
  });

  test('is not fooled by the names of prototypes', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const value: unknown = JSON.parse(`{"to":[],"${name}":{"polluted":true}}`);
      expect(faultsOf(value)).toEqual([{ field: name, rule: 'is not known here' }]);
    }
    expect({}).not.toHaveProperty('polluted');
  });

  test('leaves parameters without a DTO alone', () => {
    const pipe = new ValidationPipe();
    expect(pipe.transform('x', { type: 'param', metatype: String })).toBe('x');
    expect(pipe.transform({ a: 1 }, { type: 'body', metatype: Object })).toEqual({ a: 1 });
    expect(() => pipe.transform(undefined, { type: 'body', metatype: Message })).toThrow(
      'The request must have a body.',
    );
  });
});
