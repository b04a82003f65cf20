import * as fc from 'fast-check';

import { STATUS_CODE, statusOfSmsState } from '../../messaging/domain/message-status.js';
import { SMS_STATES, stateOf } from '../../uip/domain/sms-state.js';
import { applyReports, type LocatedReport, type MessageFacts } from './apply-report.js';
import { ENTRY_ACCOUNTS, type LedgerAccount } from './money-move.js';

const ATTEMPT = '0190a000-0000-7000-8000-00000000000a';
const OTHER_ATTEMPT = '0190a000-0000-7000-8000-00000000000b';
const UID = 'A'.repeat(32);

const pending: MessageFacts = {
  submissionId: '0190a000-0000-7000-8000-000000000000',
  ordinal: 1,
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
  dueAt: 400,
  deliveryMs: null,
};
const submitted: MessageFacts = { ...pending, status: STATUS_CODE.submitted, acceptances: 1, smsUid: UID };

let count = 0;
function report(smsState: number, overrides: Partial<LocatedReport['report']> = {}): LocatedReport['report'] {
  return { id: `r${count++}`, smsUid: UID, smsState, at: 1000, attemptId: ATTEMPT, foreignBody: false, ...overrides };
}

function located(
  smsState: number,
  by: 'uid' | 'attempt' = 'uid',
  overrides: Partial<LocatedReport['report']> = {},
  sameNumber = true,
): LocatedReport {
  const { submissionId, ordinal } = pending;
  return {
    report: report(smsState, overrides),
    location: { by, submissionId, ordinal, attemptId: ATTEMPT },
    sameNumber,
  };
}

describe('a report that is believed', () => {
  it.each(SMS_STATES.map((row) => [row.name, row.state, row.status] as const))(
    '%s gives a submitted message its status',
    (_name, state, status) => {
      const { change } = applyReports(submitted, [located(state)]);
      expect(change).toEqual({
        status: STATUS_CODE[status],
        smsState: state,
        statusAt: status === 'submitted' ? undefined : 1000,
        smsUid: UID,
        isTold: status !== 'submitted',
        corrects: undefined,
        attemptId: ATTEMPT,
        more: 0,
        deliveryMs: status === 'delivered' ? 600 : null,
      });
    },
  );

  it('counts a state outside the table as unknown, and keeps it as it came', () => {
    expect(applyReports(submitted, [located(77)]).change).toMatchObject({
      status: STATUS_CODE.unknown,
      smsState: 77,
    });
    expect(applyReports(submitted, [located(4_000_000_000)]).change).toMatchObject({
      status: STATUS_CODE.unknown,
      smsState: 2_147_483_647,
    });
  });

  it('settles a message before its answer: accepted, posted, its UID learned, its doubt over', () => {
    const outcome = applyReports(pending, [located(2, 'attempt')]);
    expect(outcome).toEqual({
      change: {
        status: STATUS_CODE.delivered,
        smsState: 2,
        statusAt: 1000,
        smsUid: UID,
        isTold: true,
        corrects: undefined,
        attemptId: ATTEMPT,
        more: 0,
        deliveryMs: 600,
      },
      further: [],
      move: { kind: 'post', attemptId: ATTEMPT },
      learned: [{ uid: UID, attemptId: ATTEMPT }],
      settledAttempts: [ATTEMPT],
      alarms: [],
    });
  });

  it('changes nothing when it is repeated', () => {
    const delivered = { ...submitted, status: STATUS_CODE.delivered, smsState: 2, deliveryMs: 600 };
    const outcome = applyReports(delivered, [located(2), located(2), located(1)]);
    expect(outcome).toEqual({
      change: undefined,
      move: undefined,
      learned: [],
      settledAttempts: [],
      alarms: [],
      further: [],
    });
  });

  it('replaces a lower final state by a higher one, never the reverse', () => {
    const expired = { ...submitted, status: STATUS_CODE.expired, smsState: 3 };
    expect(applyReports(expired, [located(7), located(2)]).change).toMatchObject({
      status: STATUS_CODE.delivered,
      isTold: true,
      corrects: STATUS_CODE.expired,
    });
    // That somebody received it by then is kept: a later DELIVERED must find the same time in whatever order they come.
    const { change } = applyReports(expired, [located(6)]);
    expect(change).toMatchObject({ status: STATUS_CODE.expired, smsState: 3, isTold: false, deliveryMs: 600 });
  });

  it('does not reopen by a passing state what silence has ended as unknown', () => {
    const silent = { ...submitted, status: STATUS_CODE.unknown };
    expect(applyReports(silent, [located(1)]).change).toMatchObject({ status: STATUS_CODE.unknown, smsState: 1 });
    expect(applyReports(silent, [located(3)]).change).toMatchObject({ status: STATUS_CODE.expired });
  });

  it('is believed without CUSTOMER_BODY when UID and number agree', () => {
    expect(applyReports(submitted, [located(2, 'uid', { attemptId: undefined })]).alarms).toEqual([]);
  });

  it('is believed with a number that differs when its attempt had no other', () => {
    expect(applyReports(pending, [located(2, 'attempt', {}, false)]).change).toBeDefined();
  });
});

describe('a second acceptance', () => {
  const again: MessageFacts = { ...submitted, uidAttemptId: OTHER_ATTEMPT };
  const second = { attemptId: ATTEMPT, smsUid: 'B', smsState: null };

  it('is found out by its report, charged, and shown by the better state', () => {
    const outcome = applyReports(again, [located(2, 'attempt', { smsUid: 'B' })]);
    expect(outcome.learned).toEqual([{ uid: 'B', attemptId: ATTEMPT }]);
    expect(outcome.settledAttempts).toEqual([ATTEMPT]);
    expect(outcome.move).toBeUndefined();
    expect(outcome.further).toMatchObject([
      { attemptId: ATTEMPT, smsUid: 'B', smsState: 2, isNew: true, move: 'correction' },
    ]);
    expect(outcome.change).toEqual({
      status: STATUS_CODE.delivered,
      smsState: null,
      statusAt: 1000,
      deliveryMs: 600,
      smsUid: UID,
      isTold: true,
      corrects: undefined,
      attemptId: OTHER_ATTEMPT,
      more: 1,
    });
  });

  it.each([
    [null, 60, 'reversal'],
    [null, 2, undefined],
    [60, 2, 'correction'],
    [2, 3, undefined],
  ] as const)('that an ANSWER brought is charged by its own state: %s, then %s', (smsState, state, move) => {
    const outcome = applyReports({ ...again, acceptances: 2, further: [{ ...second, smsState }] }, [
      located(state, 'uid', { smsUid: 'B' }),
    ]);
    expect(outcome.further.map((change) => change.move)).toEqual(state === 3 ? [] : [move]);
    expect(outcome.change?.more ?? 0).toBe(0);
  });

  it('does not hide that the first one was delivered', () => {
    const delivered = { ...again, status: STATUS_CODE.delivered, smsState: 2, acceptances: 2, further: [second] };
    expect(applyReports(delivered, [located(5, 'uid', { smsUid: 'B' })]).change).toMatchObject({
      status: STATUS_CODE.delivered,
      smsState: 2,
      statusAt: undefined,
    });
  });

  it('is none where the UID contradicts that of its attempt', () => {
    const known = { ...again, acceptances: 2, further: [second] };
    expect(applyReports(known, [located(2, 'attempt', { smsUid: 'C' })]).alarms).toMatchObject([
      { cause: 'other_uid' },
    ]);
  });
});

describe('a report that is not believed', () => {
  it.each([
    ['foreign_body', located(2, 'uid', { foreignBody: true, attemptId: undefined }), submitted],
    ['other_attempt', located(2, 'uid', { attemptId: OTHER_ATTEMPT }), submitted],
    ['other_number', located(2, 'uid', {}, false), submitted],
    ['other_uid', located(2, 'attempt', { smsUid: 'B' }), { ...submitted, uidAttemptId: ATTEMPT }],
  ] as const)('%s', (cause, item, message) => {
    const outcome = applyReports(message, [item]);
    expect(outcome).toEqual({
      change: undefined,
      move: undefined,
      learned: [],
      settledAttempts: [],
      further: [],
      alarms: [{ reportId: item.report.id, cause }],
    });
  });

  it('keeps nobody else from being applied', () => {
    const outcome = applyReports(submitted, [located(2, 'uid', {}, false), located(3)]);
    expect(outcome.alarms).toHaveLength(1);
    expect(outcome.change).toMatchObject({ status: STATUS_CODE.expired });
  });
});

describe('money', () => {
  it.each([
    ['hold open, charged', pending, 2, 'post'],
    ['in doubt, charged', { ...pending, status: STATUS_CODE.in_doubt }, 1, 'post'],
    ['hold open, LOCAL_REJECTED', pending, 60, 'release'],
    ['charged, then LOCAL_REJECTED', submitted, 60, 'reversal'],
    ['charged, then delivered', submitted, 2, undefined],
    ['reversed, then delivered', { ...submitted, status: STATUS_CODE.rejected, smsState: 60 }, 2, 'correction'],
    ['failed, then delivered', { ...pending, status: STATUS_CODE.failed }, 2, 'correction'],
    ['cancelled, then delivered', { ...pending, status: STATUS_CODE.cancelled }, 2, 'correction'],
    ['failed, then LOCAL_REJECTED', { ...pending, status: STATUS_CODE.failed }, 60, undefined],
  ] as const)('%s', (_name, message, state, kind) => {
    expect(applyReports(message, [located(state)]).move?.kind).toBe(kind);
  });
});

type Step = 'answer' | readonly { readonly state: number; readonly at: number }[];

interface World {
  message: MessageFacts;
  accounts: Record<LedgerAccount, number>;
}

/** What storing an accepting ANSWER does: the mirror image of what a report does. */
function answer(world: World): void {
  if (world.message.acceptances > 0) return;
  world.accounts.held -= 1;
  world.accounts.spent += 1;
  world.message = { ...submitted, uidAttemptId: ATTEMPT };
}

function play(steps: readonly Step[]): World {
  const world: World = { message: pending, accounts: { available: -1, held: 1, spent: 0 } };
  let uidKnown = false;
  for (const step of steps) {
    if (step === 'answer') answer(world);
    else {
      const by = uidKnown ? 'uid' : 'attempt';
      const { change, move } = applyReports(
        world.message,
        step.map(({ state, at }) => located(state, by, { at })),
      );
      if (change !== undefined) world.message = { ...world.message, ...change, acceptances: 1, uidAttemptId: ATTEMPT };
      if (move !== undefined) {
        world.accounts[ENTRY_ACCOUNTS[move.kind].from] -= 1;
        world.accounts[ENTRY_ACCOUNTS[move.kind].to] += 1;
      }
    }
    uidKnown = true;
  }
  return world;
}

describe('any permutation with repetition of the same reports', () => {
  const states = fc.oneof(fc.constantFrom(...SMS_STATES.map(({ state }) => state)), fc.integer({ min: 61, max: 80 }));

  it('ends in the same status, net charge and time to delivery, with the answer before, after or absent', () => {
    const report = fc.record({ state: states, at: fc.integer({ min: 0, max: 100_000 }) });
    const plays = fc.array(report, { minLength: 1, maxLength: 6 }).chain((reports) =>
      fc.record({
        reports: fc.constant(reports),
        // Every report at least once, some again, in any order, cut into batches anywhere.
        repeated: fc.array(fc.constantFrom(...reports), { maxLength: 6 }),
        shuffle: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        batch: fc.integer({ min: 1, max: 4 }),
        answerAt: fc.option(fc.nat({ max: 12 })),
      }),
    );
    fc.assert(
      fc.property(plays, ({ reports, repeated, shuffle, batch, answerAt }) => {
        const all = [...reports, ...repeated]
          .map((report, index) => ({ report, key: shuffle[index] ?? 0 }))
          .toSorted((one, other) => one.key - other.key)
          .map(({ report }) => report);
        const steps: Step[] = [];
        for (let index = 0; index < all.length; index += batch) steps.push(all.slice(index, index + batch));
        if (answerAt !== null) steps.splice(Math.min(answerAt, steps.length), 0, 'answer');
        const { message, accounts } = play(steps);
        const expected = stateOf(reports.map(({ state }) => state)) ?? 0;
        expect(message.smsState).toBe(expected);
        expect(message.status).toBe(STATUS_CODE[statusOfSmsState(expected)]);
        expect(message.smsUid).toBe(UID);
        const deliveries = reports.filter(({ state }) => statusOfSmsState(state) === 'delivered');
        const times = deliveries.map(({ at }) => Math.max(0, at - pending.dueAt));
        expect(message.deliveryMs).toBe(times.length === 0 ? null : Math.min(...times));
        const spent = expected === 60 ? 0 : 1;
        expect(accounts).toEqual({ available: spent === 0 ? 0 : -1, held: 0, spent });
      }),
      { numRuns: 500 },
    );
  });
});
