import { correlate, type RequestedNumber } from '../../uip/domain/correlated.js';
import { type ClientClass, clientClass, ResultCode, resultName } from '../../uip/domain/result-code.js';
import { FailureReason } from './failure-reason.js';

/** What becomes of one member of an attempted packet. */
export type MemberVerdict =
  | { readonly kind: 'accepted'; readonly uid: string | undefined }
  | { readonly kind: 'failed'; readonly reason: number }
  | { readonly kind: 'in_doubt' }
  | { readonly kind: 'retry' };

/** A new packet: indices of the members that go into it, and when it is due (business time, milliseconds). */
export interface PlannedRetry {
  readonly members: readonly number[];
  readonly dueAt: number;
  readonly resent: boolean;
  /** The packet was refused as a whole, and this is a part of it. */
  readonly halved?: true;
}

/** What becomes of an attempt. */
export interface Judgement {
  readonly outcome: 'answered' | 'not_sent' | 'in_doubt';
  readonly resultCode: number | null;
  readonly detail: string | null;
  /** One a member, in the order of the packet. */
  readonly verdicts: readonly MemberVerdict[];
  readonly retries: readonly PlannedRetry[];
  /** The route rests: why, and for how many seconds at the longest. */
  readonly pause?: { readonly reason: string; readonly limit: number };
}

/** What of a packet the judgement depends on. */
export interface AttemptedPacket {
  readonly numbers: readonly RequestedNumber[];
  /** Attempts so far, this one included. */
  readonly tries: number;
  readonly dueAt: number;
  readonly validUntil: number;
  readonly resendOnDoubt: boolean;
  readonly resent: boolean;
}

/** What of an ANSWER the judgement depends on. */
export interface JudgedAnswer {
  readonly resultCode: number;
  readonly entries: readonly (RequestedNumber & { readonly resultCode: number; readonly smsUid: string | undefined })[];
}

/** "Try again in 10 minutes" (protocol.md 4). */
export const RETRY_LATER = 600_000;
/** Longest rest of a route that can't be reached, in seconds. */
const UNREACHABLE_LIMIT = 30;
/** Longest rest of a route that is set up wrongly: an operator has to look. */
export const MISCONFIGURED_LIMIT = 300;

const FAILED_NO_LONGER_VALID: MemberVerdict = { kind: 'failed', reason: FailureReason.no_longer_valid };
const IN_DOUBT: MemberVerdict = { kind: 'in_doubt' };
const RETRY: MemberVerdict = { kind: 'retry' };

const every = (packet: AttemptedPacket, verdict: MemberVerdict): MemberVerdict[] => packet.numbers.map(() => verdict);
const indices = (packet: AttemptedPacket): number[] => packet.numbers.map((_, index) => index);

/** A packet whose validity ended before its first byte left: it never will be sent. */
export function judgeExpired(packet: AttemptedPacket): Judgement {
  return {
    outcome: 'not_sent',
    resultCode: null,
    detail: 'no_longer_valid',
    verdicts: every(packet, FAILED_NO_LONGER_VALID),
    retries: [],
  };
}

/** A packet that was to be sent once more, but the first time turns out to have succeeded for all its numbers. */
export function judgeNeedless(): Judgement {
  return { outcome: 'not_sent', resultCode: null, detail: 'needless', verdicts: [], retries: [] };
}

/**
 * A packet that is known not to have left, or not to have reached UIP (protocol.md 1): back into the queue at its old
 * place, while its route rests.
 * @param misconfigured something is set up wrongly, so that trying again soon can't help
 */
export function judgeNotSent(packet: AttemptedPacket, detail: string, misconfigured: boolean): Judgement {
  return {
    outcome: 'not_sent',
    resultCode: null,
    detail,
    verdicts: every(packet, RETRY),
    retries: [{ members: indices(packet), dueAt: packet.dueAt, resent: packet.resent }],
    pause: { reason: detail, limit: misconfigured ? MISCONFIGURED_LIMIT : UNREACHABLE_LIMIT },
  };
}

/**
 * A packet that was held back although its route is well: this process was stopped between claim and first byte. Back
 * into the queue at its old place.
 */
export function judgeHeldBack(packet: AttemptedPacket): Judgement {
  const { pause: _, ...judgement } = judgeNotSent(packet, 'held back: too late to send under this claim', false);
  return judgement;
}

/** The first byte left and no well-formed ANSWER came: nobody knows (design.md 3 rule 6). */
export function judgeInDoubt(packet: AttemptedPacket, detail: string, now: number): Judgement {
  return withResends(packet, now, {
    outcome: 'in_doubt',
    resultCode: null,
    detail,
    verdicts: every(packet, IN_DOUBT),
    retries: [],
  });
}

/**
 * What an ANSWER means for each number (protocol.md 3 and 4): by its entries when there are any, by the packet's code only
 * when there are none.
 * @param now business time, milliseconds
 */
export function judgeAnswer(packet: AttemptedPacket, answer: JudgedAnswer, now: number): Judgement {
  return withResends(
    packet,
    now,
    answer.entries.length > 0 ? byEntries(packet, answer, now) : byPacketCode(packet, answer.resultCode, now),
  );
}

function byEntries(packet: AttemptedPacket, answer: JudgedAnswer, now: number): Judgement {
  const { outcomes } = correlate(packet.numbers, answer.entries);
  const verdicts = outcomes.map((outcome) =>
    outcome.kind === 'entry' ? numberVerdict(outcome.entry, packet.tries) : IN_DOUBT,
  );
  const again = verdicts.flatMap((verdict, index) => (verdict.kind === 'retry' ? [index] : []));
  return {
    outcome: 'answered',
    resultCode: answer.resultCode,
    detail: null,
    verdicts,
    retries: again.length > 0 ? [{ members: again, dueAt: now + RETRY_LATER, resent: packet.resent }] : [],
  };
}

function numberVerdict(
  entry: { readonly resultCode: number; readonly smsUid: string | undefined },
  tries: number,
): MemberVerdict {
  const kind = clientClass(entry.resultCode, 'number');
  switch (kind) {
    case 'ok':
      return { kind: 'accepted', uid: entry.smsUid };
    case 'doubtful':
      return IN_DOUBT;
    case 'retry_later':
      return RETRY;
    case 'retry_once':
      return tries <= 1 ? RETRY : { kind: 'failed', reason: entry.resultCode };
    case 'our_fault':
    case 'configuration':
    case 'refused':
      return { kind: 'failed', reason: entry.resultCode };
    default:
      return unreachable(kind);
  }
}

function byPacketCode(packet: AttemptedPacket, code: number, now: number): Judgement {
  const base = { outcome: 'answered' as const, resultCode: code, detail: resultName(code) };
  const failed = { ...base, verdicts: every(packet, { kind: 'failed', reason: code }), retries: [] };
  const later = (dueAt: number): Judgement => ({
    ...base,
    verdicts: every(packet, RETRY),
    retries: [{ members: indices(packet), dueAt, resent: packet.resent }],
  });
  const kind = clientClass(code, 'packet');
  switch (kind) {
    case 'ok': // accepted, but which numbers? Nothing says so.
    case 'doubtful':
      return { ...base, verdicts: every(packet, IN_DOUBT), retries: [] };
    case 'retry_later':
      return later(now + RETRY_LATER);
    case 'retry_once':
      return packet.tries <= 1 ? later(now + RETRY_LATER) : failed;
    case 'configuration':
      return { ...later(packet.dueAt), pause: { reason: resultName(code), limit: MISCONFIGURED_LIMIT } };
    case 'our_fault':
      return code === ResultCode.Invalid_parameter && packet.numbers.length > 1 ? halved(packet, base) : failed;
    case 'refused':
      return failed;
    default:
      return unreachable(kind);
  }
}

/** A packet refused as a whole for a parameter is halved until the culprit is alone (design.md 3 rule 9). */
function halved(packet: AttemptedPacket, base: Pick<Judgement, 'outcome' | 'resultCode' | 'detail'>): Judgement {
  const all = indices(packet);
  const middle = Math.ceil(all.length / 2);
  return {
    ...base,
    verdicts: every(packet, RETRY),
    retries: [all.slice(0, middle), all.slice(middle)].map((members) => ({
      members,
      dueAt: packet.dueAt,
      resent: packet.resent,
      halved: true as const,
    })),
  };
}

/** Adds the one repetition of what is in doubt, where the caller asked for it and while it is valid. */
function withResends(packet: AttemptedPacket, now: number, judgement: Judgement): Judgement {
  if (!packet.resendOnDoubt || packet.resent || now >= packet.validUntil) return judgement;
  const members = judgement.verdicts.flatMap((verdict, index) => (verdict.kind === 'in_doubt' ? [index] : []));
  if (members.length === 0) return judgement;
  return { ...judgement, retries: [...judgement.retries, { members, dueAt: now, resent: true }] };
}

function unreachable(kind: never): never {
  throw new Error(`a class of result codes without a verdict: ${String(kind satisfies ClientClass)}`);
}
