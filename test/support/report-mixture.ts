import { attemptBody } from '../../src/uip/domain/customer-body.js';
import { formatUipTime } from '../../src/uip/domain/uip-time.js';
import { uuidv7 } from '../../src/uuid.js';

/** Chance that repeats itself: mulberry32. @returns numbers from 0 to below 1 */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A genuine report of the plan. */
export interface PlannedReport {
  readonly submission: number;
  /** From 0. */
  readonly member: number;
  readonly state: number;
  /** Seconds after the send. */
  readonly after: number;
  readonly withBody: boolean;
}

/** What is to be sent, and what becomes of it: the same in every run of a seed. */
export interface Plan {
  /** Submissions, each with as many numbers. */
  readonly submissions: number;
  readonly members: number;
  /** In the order in which they happened. */
  readonly reports: readonly PlannedReport[];
  /** Submissions whose ANSWER comes after their reports. */
  readonly late: ReadonlySet<number>;
}

/** The number of a member of a submission. */
export const numberOf = (submission: number, member: number): string => String(60_000_000 + submission * 100 + member);
/** The UID that the platform gives it. */
export const uidOf = (submission: number, member: number): string =>
  `${String(submission).padStart(28, '0')}${String(member).padStart(4, '0')}`;

const MEMBERS = 20;
const FATES: readonly (readonly number[])[] = [
  [2],
  [2],
  [2],
  [9, 2],
  [9, 1, 2],
  [1, 3],
  [3, 2],
  [6],
  [6, 2],
  [5],
  [8],
  [60],
  [60, 2],
  [7],
  [77],
  [9],
];

/** Plans about `size` genuine reports: a tenth of the submissions answered after them, a tenth without CUSTOMER_BODY. */
export function planReports(size: number, chance: () => number): Plan {
  const reports: PlannedReport[] = [];
  let submissions = 0;
  while (reports.length < size) {
    for (let member = 0; member < MEMBERS; member += 1) {
      let after = 0;
      for (const state of FATES[Math.floor(chance() * FATES.length)] ?? []) {
        after += 1 + Math.floor(chance() ** 3 * 600);
        reports.push({ submission: submissions, member, state, after, withBody: chance() >= 0.1 });
      }
    }
    submissions += 1;
  }
  const late = new Set<number>();
  for (let submission = 0; submission < submissions; submission += 1) if (chance() < 0.1) late.add(submission);
  return { submissions, members: MEMBERS, reports, late };
}

/** A packet to be pushed. */
export interface MixedPacket {
  readonly body: object;
  readonly kind: 'genuine' | 'nobody' | 'forged';
}

/** What stands on the wire, in the order of the push. */
export interface Mixture {
  readonly packets: readonly MixedPacket[];
  readonly nobody: number;
  readonly forged: number;
}

/**
 * Mixes the genuine reports of a plan: 30 % repeated, 30 % moved elsewhere, with 5 % that belong to nobody and 5 % forged ones among
 * them.
 *
 * @param attemptOf the attempt of a submission
 * @param sentAt milliseconds, of whole seconds
 */
export function mix(
  plan: Plan,
  attemptOf: (submission: number) => string,
  sentAt: number,
  chance: () => number,
): Mixture {
  const packets: MixedPacket[] = plan.reports.map((report) => ({
    kind: 'genuine',
    body: packetOf({
      uid: uidOf(report.submission, report.member),
      number: numberOf(report.submission, report.member),
      state: report.state,
      at: sentAt + report.after * 1000,
      body: report.withBody ? attemptBody(attemptOf(report.submission)) : undefined,
    }),
  }));
  const genuine = [...packets];
  const anywhere = (packet: MixedPacket | undefined): void => {
    if (packet !== undefined) packets.splice(Math.floor(chance() * (packets.length + 1)), 0, packet);
  };
  const pick = (): number => Math.floor(chance() * genuine.length);
  for (let count = 0; count < genuine.length * 0.3; count += 1) anywhere(genuine[pick()]);
  for (let count = 0; count < genuine.length * 0.3; count += 1) {
    anywhere(packets.splice(Math.floor(chance() * packets.length), 1)[0]);
  }
  const extra = Math.floor(genuine.length * 0.05);
  for (let count = 0; count < extra; count += 1) anywhere({ kind: 'nobody', body: stranger(count, sentAt, chance) });
  for (let count = 0; count < extra; count += 1) {
    const target = plan.reports[pick()];
    if (target !== undefined) anywhere({ kind: 'forged', body: forgery(count, target, attemptOf, sentAt) });
  }
  return { packets, nobody: extra, forged: extra };
}

/** For a UID that we never had, from another program, or naming an attempt that nobody made. */
function stranger(count: number, sentAt: number, chance: () => number): object {
  const random = Uint8Array.from({ length: 10 }, () => Math.floor(chance() * 256));
  const bodies = [undefined, { order: count }, attemptBody(uuidv7(sentAt, random))];
  return packetOf({ uid: `N${count}`, number: numberOf(1, 1), state: 2, at: sentAt, body: bodies[count % 3] });
}

/** With a UID of ours, and something about it that is not. */
function forgery(
  count: number,
  { submission, member }: PlannedReport,
  attemptOf: (submission: number) => string,
  sentAt: number,
): object {
  const own = numberOf(submission, member);
  const other = attemptOf(submission === 0 ? 1 : 0);
  const kinds = [
    { number: '69999999', body: undefined },
    { number: own, body: { attempt: 'mine' } },
    { number: own, body: attemptBody(other) },
    { number: '69999999', body: attemptBody(attemptOf(submission)) },
  ];
  const { number, body } = kinds[count % kinds.length] ?? { number: own, body: {} };
  return packetOf({ uid: uidOf(submission, member), number, state: 2, at: sentAt, body });
}

function packetOf(report: { uid: string; number: string; state: number; at: number; body: unknown }): object {
  return {
    METHOD: 'SMS_PUSH_REPORT',
    TYPE: 'REQUEST',
    SERIAL: 1,
    TIME: formatUipTime(report.at),
    SMS_UID: report.uid,
    SOURCE_MSISDN: 'CloudSMS',
    SMS_RESULT_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: report.number, SMS_STATE: report.state, RESULT_DESC: '' }],
    REPORT_TIME: formatUipTime(report.at),
    ...(report.body === undefined ? {} : { CUSTOMER_BODY: report.body }),
  };
}
