import * as fc from 'fast-check';
import { ApplicationError } from '../../errors.js';
import { isUuidv7, uuidTime } from '../../uuid.js';
import {
  MAX_ORDINAL,
  messageId,
  messageIds,
  newSubmissionId,
  ordinalOf,
  parseMessageId,
  parseSubmissionId,
  submissionIdOf,
} from './message-id.js';

const NOW = Date.UTC(2026, 6, 1, 12);
const SUBMISSION = newSubmissionId(NOW, Uint8Array.of(0xff, 0x02, 0xff, 0x04, 0x05, 0x06));

describe('a submission id', () => {
  it('is a UUIDv7 whose last 32 bits are zero', () => {
    expect(SUBMISSION).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7f02-bf04-050600000000$/);
    expect(isUuidv7(SUBMISSION)).toBe(true);
    expect(uuidTime(SUBMISSION)).toBe(NOW);
    expect(ordinalOf(SUBMISSION)).toBe(0);
  });

  it('takes 6 random bytes, from an offset if need be', () => {
    expect(newSubmissionId(NOW, Uint8Array.of(9, 9, 0xff, 2, 0xff, 4, 5, 6), 2)).toBe(SUBMISSION);
    expect(() => newSubmissionId(NOW, new Uint8Array(5))).toThrow(ApplicationError);
    expect(() => newSubmissionId(NOW, new Uint8Array(8), 3)).toThrow(ApplicationError);
  });

  it('is read in any case, and nothing else is', () => {
    expect(parseSubmissionId(SUBMISSION)).toBe(SUBMISSION);
    expect(parseSubmissionId(SUBMISSION.toUpperCase())).toBe(SUBMISSION);
    expect(parseSubmissionId(messageId(SUBMISSION, 1))).toBeUndefined();
    expect(parseSubmissionId('')).toBeUndefined();
  });
});

describe('a message id', () => {
  it.each([
    [1, '00000001'],
    [255, '000000ff'],
    [256, '00000100'],
    [10_000, '00002710'],
    [MAX_ORDINAL, '7fffffff'],
  ])('of ordinal %d ends in %s', (ordinal, end) => {
    const id = messageId(SUBMISSION, ordinal);
    expect(id).toBe(SUBMISSION.slice(0, 28) + end);
    expect(parseMessageId(id)).toEqual({ submissionId: SUBMISSION, ordinal });
    expect(parseMessageId(id.toUpperCase())).toEqual({ submissionId: SUBMISSION, ordinal });
  });

  it.each([0, -1, 1.5, MAX_ORDINAL + 1, Number.NaN])('has no ordinal %d', (ordinal) => {
    expect(() => messageId(SUBMISSION, ordinal)).toThrow(ApplicationError);
    expect(() => messageIds(SUBMISSION, 2, ordinal)).toThrow(ApplicationError);
  });

  it.each([
    ['a submission id', SUBMISSION],
    ['an ordinal too high', `${SUBMISSION.slice(0, 28)}80000000`],
    ['another version', '0198f3c0-0000-4000-8000-000000000001'],
    ['another variant', '0198f3c0-0000-7000-c000-000000000001'],
    ['no hyphens', '0198f3c000007000800000000000000001'],
    ['braces', '{0198f3c0-0000-7000-8000-000000000001}'],
    ['too short', '0198f3c0-0000-7000-8000-00000000001'],
    ['a letter too far', '0198f3c0-0000-7000-8000-00000000000g'],
    ['a line break', '0198f3c0-0000-7000-8000-00000000001\n'],
    ['nothing', ''],
  ])('is not %s', (_, text) => {
    expect(parseMessageId(text)).toBeUndefined();
  });

  it('goes there and back, and sorts as the ordinals do', () => {
    const ordinals = fc.integer({ min: 1, max: MAX_ORDINAL });
    const random = fc.uint8Array({ minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(2 ** 31), random, ordinals, ordinals, (time, bytes, one, other) => {
        const submissionId = newSubmissionId(time * 1000, bytes);
        const id = messageId(submissionId, one);
        expect(submissionIdOf(id)).toBe(submissionId);
        expect(ordinalOf(id)).toBe(one);
        expect(parseMessageId(id)).toEqual({ submissionId, ordinal: one });
        expect(Math.sign(one - other)).toBe(
          id === messageId(submissionId, other) ? 0 : id < messageId(submissionId, other) ? -1 : 1,
        );
      }),
    );
  });
});

describe('many message ids', () => {
  it('are the same as one by one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), fc.nat(600), (first, count) => {
        expect(messageIds(SUBMISSION, count, first)).toEqual(
          Array.from({ length: count }, (_, index) => messageId(SUBMISSION, first + index)),
        );
      }),
    );
  });

  it('begin at 1, and end where ordinals end', () => {
    expect(messageIds(SUBMISSION, 2)).toEqual([messageId(SUBMISSION, 1), messageId(SUBMISSION, 2)]);
    expect(messageIds(SUBMISSION, 0)).toEqual([]);
    expect(messageIds(SUBMISSION, 1, MAX_ORDINAL)).toHaveLength(1);
    expect(() => messageIds(SUBMISSION, 2, MAX_ORDINAL)).toThrow(ApplicationError);
  });
});
