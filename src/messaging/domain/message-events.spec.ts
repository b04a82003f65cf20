import { eventsOf, type MessageHistory } from './message-events.js';
import { shownStatus } from './shown-status.js';

const base: MessageHistory = {
  createdAt: 1000,
  dueAt: 1000,
  status: 'queued',
  statusAt: undefined,
  accepted: false,
  packet: { sending: false, tries: 0, dueAt: 1000, claimedAt: undefined },
  attempts: [],
  reports: [],
};
const gone = { packet: undefined };
const answered = { claimedAt: 2000, endedAt: 3000, outcome: 'answered' as const };
const report = (smsState: number, receivedAt: number, at = receivedAt) => ({ smsState, receivedAt, at });
const told = (history: Partial<MessageHistory>) =>
  eventsOf({ ...base, ...history }).map(({ at, status }) => [status, at]);

describe('eventsOf', () => {
  it('begins with queued, or scheduled when it is due later', () => {
    expect(told({})).toEqual([['queued', 1000]]);
    expect(told({ dueAt: 9000, status: 'scheduled' })).toEqual([['scheduled', 1000]]);
    expect(told({ dueAt: 9000, status: 'queued' })).toEqual([
      ['scheduled', 1000],
      ['queued', 9000],
    ]);
  });

  it('tells of the sending, while it lasts and after', () => {
    const packet = { sending: true, tries: 0, dueAt: 1000, claimedAt: 2000 };
    expect(told({ packet, status: 'sending' })).toEqual([
      ['queued', 1000],
      ['sending', 2000],
    ]);
    const submitted = { ...gone, attempts: [answered], status: 'submitted' as const, statusAt: 3000, accepted: true };
    expect(told(submitted)).toEqual([
      ['queued', 1000],
      ['sending', 2000],
      ['submitted', 3000],
    ]);
  });

  it('tells of retries, doubts and the end without a report', () => {
    const retried = { claimedAt: 2000, endedAt: 2500, outcome: 'not_sent' as const };
    const again = { claimedAt: 4000, endedAt: 5000, outcome: 'in_doubt' as const };
    expect(
      told({
        attempts: [retried],
        packet: { ...base.packet, tries: 1, dueAt: 60_000, sending: false, claimedAt: undefined },
      }),
    ).toEqual([
      ['queued', 1000],
      ['sending', 2000],
      ['queued', 2500],
    ]);
    expect(told({ ...gone, attempts: [retried, again], status: 'in_doubt', statusAt: 5000 })).toEqual([
      ['queued', 1000],
      ['sending', 2000],
      ['queued', 2500],
      ['sending', 4000],
      ['in_doubt', 5000],
    ]);
    expect(told({ ...gone, attempts: [again], status: 'failed', statusAt: 9000 }).at(-1)).toEqual(['failed', 9000]);
    expect(told({ ...gone, dueAt: 9000, status: 'cancelled', statusAt: 1500 })).toEqual([
      ['scheduled', 1000],
      ['cancelled', 1500],
    ]);
  });

  it('tells each change that reports made, and nothing that changed nothing', () => {
    const reports = [
      report(9, 4000),
      report(1, 5000),
      report(3, 6000),
      report(3, 7000),
      report(2, 8000),
      report(4, 9000),
    ];
    const history = { ...base, ...gone, attempts: [answered], accepted: true, reports, status: 'delivered' as const };
    expect(eventsOf({ ...history, statusAt: 8000 })).toEqual([
      { at: 1000, status: 'queued' },
      { at: 2000, status: 'sending' },
      { at: 3000, status: 'submitted' },
      { at: 6000, status: 'expired', smsState: 3 },
      { at: 8000, status: 'delivered', smsState: 2, correction: true },
    ]);
  });

  it('does not go back to submitted when a report was faster than the answer', () => {
    const history = { ...gone, attempts: [answered], accepted: true, status: 'delivered' as const, statusAt: 2500 };
    expect(told({ ...history, reports: [report(2, 2500)] })).toEqual([
      ['queued', 1000],
      ['sending', 2000],
      ['delivered', 2500],
    ]);
  });

  it("keeps the order of what we learned although the platform's times are cut to seconds", () => {
    const history = { ...gone, attempts: [answered], accepted: true, status: 'delivered' as const, statusAt: 3000 };
    expect(told({ ...history, reports: [report(2, 3500, 1000)] }).slice(-2)).toEqual([
      ['submitted', 3000],
      ['delivered', 3000],
    ]);
  });

  it('ends with what silence or a late report made of it', () => {
    const history = { ...gone, attempts: [answered], accepted: true, status: 'unknown' as const, statusAt: 99_000 };
    expect(told({ ...history, reports: [report(1, 4000)] }).at(-1)).toEqual(['unknown', 99_000]);
  });
});

describe('shownStatus', () => {
  const packet = { sending: false, tries: 0, dueAt: 1000, claimedAt: undefined };

  it.each([
    [0, packet, 'queued'],
    [0, { ...packet, dueAt: 9000 }, 'scheduled'],
    [0, { ...packet, dueAt: 9000, tries: 1 }, 'queued'],
    [0, { ...packet, sending: true }, 'sending'],
    [0, undefined, 'queued'],
    [1, undefined, 'in_doubt'],
    [3, packet, 'delivered'],
    [99, undefined, 'unknown'],
  ] as const)('of code %s and packet %j is %s', (code, packet, status) => {
    expect(shownStatus(code, packet, 5000)).toBe(status);
  });
});
