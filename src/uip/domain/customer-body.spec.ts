import * as fc from 'fast-check';
import { attemptBody, parseCustomerBody } from './customer-body.js';

const ID = '0190b5a4-7b1c-7def-8123-456789abcdef';

describe('CUSTOMER_BODY of an attempt (design.md 3)', () => {
  it('is 22 characters that come back as the same attempt', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const body = attemptBody(id);
        expect(body.a).toMatch(/^[A-Za-z0-9_-]{22}$/);
        expect(parseCustomerBody(body)).toEqual({ kind: 'ours', attemptId: id });
        expect(parseCustomerBody(JSON.stringify(body))).toEqual({ kind: 'ours', attemptId: id });
      }),
    );
  });

  it.each([[undefined], [null], [''], [[]], [{}]])('is absent: %p', (value) =>
    expect(parseCustomerBody(value)).toEqual({ kind: 'absent' }),
  );

  it.each([
    [5],
    ['text'],
    [[1]],
    [{ a: 1 }],
    [{ a: 'short' }],
    [{ b: attemptBody(ID).a }],
    [{ ...attemptBody(ID), b: 1 }],
    [{ a: `${attemptBody(ID).a.slice(0, 21)}!` }],
    [{ a: `${'A'.repeat(21)}B` }], // the last four bits are not ours
    [`{"a":"${'x'.repeat(80)}"}`],
  ])('is foreign: %j', (value) => expect(parseCustomerBody(value)).toEqual({ kind: 'foreign' }));

  it('takes UUIDs only', () => expect(() => attemptBody('1')).toThrow(RangeError));
});
