import * as fc from 'fast-check';
import { higherState, isCorrection, isSmsState, SMS_STATES, smsStateRow, stateOf } from './sms-state.js';

describe('SMS_STATE (protocol.md 7)', () => {
  it.each([
    [9, 'IDLE', 1, false, 'submitted'],
    [1, 'ENROUTE', 2, false, 'submitted'],
    [7, 'UNKNOWN', 3, true, 'unknown'],
    [6, 'ACCEPTED', 4, true, 'delivered'],
    [3, 'EXPIRED', 5, true, 'expired'],
    [4, 'DELETED', 6, true, 'undelivered'],
    [5, 'UNDELIVERABLE', 7, true, 'undelivered'],
    [8, 'REJECTED', 8, true, 'rejected'],
    [60, 'LOCAL_REJECTED', 9, true, 'rejected'],
    [2, 'DELIVERED', 10, true, 'delivered'],
  ])('P7-STATE-5 %i is %s', (state, name, precedence, final, status) => {
    expect(smsStateRow(state)).toEqual({ state, name, precedence, final, status });
    expect(SMS_STATES).toHaveLength(10);
  });

  it('P7-STATE-7 counts a state that is not in the table as UNKNOWN, and keeps it as it came', () => {
    expect(smsStateRow(42).name).toBe('UNKNOWN');
    expect(isSmsState(42)).toBe(false);
    expect(stateOf([1, 42])).toBe(42);
    expect(stateOf([42, 3])).toBe(3);
  });

  const state = fc.oneof(fc.constantFrom(...SMS_STATES.map((row) => row.state)), fc.nat(100));

  it('P7-STATE-4 is the same for every permutation and repetition of the same reports', () => {
    const reports = fc.array(state, { minLength: 1, maxLength: 8 });
    const permuted = reports.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    );
    fc.assert(fc.property(permuted, ([all, again]) => expect(stateOf(again)).toBe(stateOf(all))));
  });

  it('never falls in precedence', () => {
    fc.assert(
      fc.property(state, state, (one, other) => {
        const higher = smsStateRow(higherState(one, other)).precedence;
        expect(higher).toBe(Math.max(smsStateRow(one).precedence, smsStateRow(other).precedence));
      }),
    );
  });

  it('P7-STATE-6 calls a final state that is replaced by a higher one a correction', () => {
    expect(isCorrection(3, 2)).toBe(true);
    expect(isCorrection(1, 2)).toBe(false);
    expect(isCorrection(2, 3)).toBe(false);
    expect(isCorrection(3, 3)).toBe(false);
  });

  it('is nothing without reports', () => expect(stateOf([])).toBeUndefined());
});
