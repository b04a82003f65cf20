import { STATUS_CODE } from '../../messaging/domain/message-status.js';
import type { LocatedReport, MessageFacts } from './apply-report.js';
import { applyBatch, type ReportedMessage } from './report-batch.js';

const SUBMISSION = '0190a000-0000-7000-8000-000000000000';

function reported(ordinal: number, state: number, facts: Partial<MessageFacts> = {}, attemptId = 'A'): ReportedMessage {
  const message = {
    submissionId: SUBMISSION,
    ordinal,
    appId: 1,
    routeId: 1,
    priceId: 1,
    segments: 2,
    status: STATUS_CODE.pending,
    acceptances: 0,
    smsState: null,
    smsUid: null,
    uidAttemptId: null,
    further: [],
    dueAt: 0,
    deliveryMs: null,
    ...facts,
  };
  const report = { id: `r${ordinal}`, smsUid: `U${ordinal}`, smsState: state, at: 1, attemptId, foreignBody: false };
  const location = { by: 'attempt' as const, submissionId: SUBMISSION, ordinal, attemptId };
  const located: LocatedReport = { report, location, sameNumber: true };
  return { message, reports: [located] };
}

describe('applyBatch', () => {
  it('folds posts and releases by attempt and price, and leaves corrections and reversals to the message', () => {
    const charged = { status: STATUS_CODE.submitted, acceptances: 1 };
    const { ledger } = applyBatch([
      reported(1, 2),
      reported(2, 2),
      reported(3, 2, { priceId: 2 }),
      reported(4, 2, {}, 'B'),
      reported(5, 60),
      reported(6, 60, charged),
      reported(7, 60, charged),
      reported(8, 2, { status: STATUS_CODE.failed }),
    ]);
    const summary = ledger.map(({ kind, priceId, quantity, from, to, sourceId, ordinal }) =>
      [kind, priceId, quantity, from, to, sourceId, ordinal ?? '-'].join(' '),
    );
    expect(summary).toEqual([
      'post 1 4 held spent A -',
      'post 2 2 held spent A -',
      'post 1 2 held spent B -',
      'release 1 2 held available A -',
      `reversal 1 2 spent available ${SUBMISSION} 6`,
      `reversal 1 2 spent available ${SUBMISSION} 7`,
      `correction 1 2 available spent ${SUBMISSION} 8`,
    ]);
  });

  it('names each message once, with what its reports taught', () => {
    const outcome = applyBatch([reported(1, 2), reported(2, 1)]);
    expect(outcome.messages.map(({ ordinal, smsState }) => [ordinal, smsState])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect(outcome.learned.map(({ uid }) => uid)).toEqual(['U1', 'U2']);
    expect(outcome.doubts.map(({ ordinal, attemptId }) => [ordinal, attemptId])).toEqual([
      [1, 'A'],
      [2, 'A'],
    ]);
    expect(outcome.alarms).toEqual([]);
  });
});
