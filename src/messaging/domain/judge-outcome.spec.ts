import { RESULT_CODES, ResultCode } from '../../uip/domain/result-code.js';
import { FailureReason } from './failure-reason.js';
import {
  type AttemptedPacket,
  judgeAnswer,
  judgeExpired,
  judgeHeldBack,
  judgeInDoubt,
  judgeNotSent,
  RETRY_LATER,
} from './judge-outcome.js';

const NOW = 1_000_000;
const one = { countryCode: 852, msisdn: '67000011' };
const two = { countryCode: 65, msisdn: '81230001' };

function packet(change: Partial<AttemptedPacket> = {}): AttemptedPacket {
  return {
    numbers: [one, two],
    tries: 1,
    dueAt: NOW - 5000,
    validUntil: NOW + 60_000,
    resendOnDoubt: false,
    resent: false,
    ...change,
  };
}

const entry = (number: typeof one, resultCode: number, smsUid?: string) => ({
  ...number,
  resultCode,
  smsUid,
});

describe('judgeAnswer by entries', () => {
  it('accepts what is OK, whatever the order of the entries', () => {
    const judgement = judgeAnswer(packet(), { resultCode: 1, entries: [entry(two, 1, 'B'), entry(one, 1, 'A')] }, NOW);
    expect(judgement.verdicts).toEqual([
      { kind: 'accepted', uid: 'A' },
      { kind: 'accepted', uid: 'B' },
    ]);
    expect(judgement.retries).toEqual([]);
  });

  it.each([
    ['missing', [entry(one, 1, 'A')]],
    ['doubled', [entry(one, 1, 'A'), entry(two, 1, 'B'), entry(two, 1, 'C')]],
  ])('leaves a number in doubt whose entry is %s', (_, entries) => {
    const { verdicts } = judgeAnswer(packet(), { resultCode: 1, entries }, NOW);
    expect(verdicts).toEqual([{ kind: 'accepted', uid: 'A' }, { kind: 'in_doubt' }]);
  });

  it.each([
    [ResultCode.Unpriced_area, 'failed'],
    [ResultCode.Invalid_parameter, 'failed'],
    [ResultCode.Send_failed, 'failed'],
    [ResultCode.Unknown_error, 'in_doubt'],
    [ResultCode.Busy, 'retry'],
    [ResultCode.Queue_too_large, 'retry'],
    [ResultCode.DB_not_find, 'retry'],
    [ResultCode.Intercept, 'retry'],
    [0x10000099, 'in_doubt'],
  ])('judges a number with code %i as %s, and the other by its own', (code, kind) => {
    const judgement = judgeAnswer(packet(), { resultCode: 1, entries: [entry(one, 1, 'A'), entry(two, code)] }, NOW);
    expect(judgement.verdicts[0]).toEqual({ kind: 'accepted', uid: 'A' });
    expect(judgement.verdicts[1].kind).toBe(kind);
    const retried = kind === 'retry' ? [{ members: [1], dueAt: NOW + RETRY_LATER, resent: false }] : [];
    expect(judgement.retries).toEqual(retried);
  });

  it('refuses an Intercept at its second try', () => {
    const { verdicts } = judgeAnswer(
      packet({ tries: 2 }),
      { resultCode: 1, entries: [entry(one, 1, 'A'), entry(two, ResultCode.Intercept)] },
      NOW,
    );
    expect(verdicts[1]).toEqual({ kind: 'failed', reason: ResultCode.Intercept });
  });
});

describe('judgeAnswer by the packet code', () => {
  const byCode = (resultCode: number, change: Partial<AttemptedPacket> = {}) =>
    judgeAnswer(packet(change), { resultCode, entries: [] }, NOW);

  it.each(RESULT_CODES)('P4-CLIENT-3 gives every member one verdict for code %i', (code) => {
    expect(byCode(code).verdicts).toHaveLength(2);
  });

  it.each([ResultCode.OK, ResultCode.Unknown_error, ResultCode.Send_failed, 0x7777])(
    'does not know what became of the numbers after %i',
    (code) => {
      expect(byCode(code).verdicts).toEqual([{ kind: 'in_doubt' }, { kind: 'in_doubt' }]);
      expect(byCode(code).retries).toEqual([]);
    },
  );

  it.each([ResultCode.Busy, ResultCode.Queue_too_large, ResultCode.DB_not_find])(
    'tries again later after %i',
    (code) => {
      expect(byCode(code).retries).toEqual([{ members: [0, 1], dueAt: NOW + RETRY_LATER, resent: false }]);
    },
  );

  it('rests the route and keeps the packet when the account is unknown', () => {
    const judgement = byCode(ResultCode.Channel_not_exist);
    expect(judgement.pause?.reason).toBe('Channel_not_exist');
    expect(judgement.retries).toEqual([{ members: [0, 1], dueAt: NOW - 5000, resent: false }]);
  });

  it('halves a packet refused for a parameter, until the culprit is alone', () => {
    expect(byCode(ResultCode.Invalid_parameter).retries.map(({ members }) => members)).toEqual([[0], [1]]);
    expect(byCode(ResultCode.Invalid_parameter, { numbers: [one] }).verdicts).toEqual([
      { kind: 'failed', reason: ResultCode.Invalid_parameter },
    ]);
  });

  it('fails what sending again can not mend', () => {
    expect(byCode(ResultCode.Invalid_context).verdicts[0]).toEqual({
      kind: 'failed',
      reason: ResultCode.Invalid_context,
    });
  });
});

describe('what was not sent, or may have been', () => {
  it('goes back to its old place in the queue when it certainly was not sent', () => {
    const judgement = judgeNotSent(packet(), 'connect: refused', false);
    expect(judgement.retries).toEqual([{ members: [0, 1], dueAt: NOW - 5000, resent: false }]);
    expect(judgement.pause).toBeDefined();
    expect(judgeHeldBack(packet()).pause).toBeUndefined();
  });

  it('is never sent again by itself when in doubt', () => {
    const judgement = judgeInDoubt(packet(), 'reset', NOW);
    expect(judgement.verdicts).toEqual([{ kind: 'in_doubt' }, { kind: 'in_doubt' }]);
    expect(judgement.retries).toEqual([]);
  });

  it.each([
    ['asked for', {}, 1],
    ['already repeated', { resent: true }, 0],
    ['no longer valid', { validUntil: NOW }, 0],
  ])('is repeated once where that was asked for: %s', (_, change, retries) => {
    const judgement = judgeInDoubt(packet({ resendOnDoubt: true, ...change }), 'reset', NOW);
    expect(judgement.verdicts.every(({ kind }) => kind === 'in_doubt')).toBe(true);
    expect(judgement.retries).toHaveLength(retries);
    expect(judgement.retries.every(({ resent }) => resent)).toBe(true);
  });

  it('fails when its validity ended before the first byte', () => {
    expect(judgeExpired(packet()).verdicts[0]).toEqual({ kind: 'failed', reason: FailureReason.no_longer_valid });
  });
});
