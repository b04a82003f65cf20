import { ApplicationError, type FieldFault } from '../../errors.js';

/**
 * The price versions of one key (country, route or all routes, currency) over time, as a pure function of what is there and
 * what is wished. A version that has held is never changed: neither its price nor the part of its validity that is over.
 */

/** A price version. Times in milliseconds of business time; it holds from `from` until before `until`. */
export interface TimelineVersion {
  /** Undefined: not stored yet. */
  readonly id: number | undefined;
  readonly from: number;
  /** Infinity: for ever. Equal to `from`: it was withdrawn and never holds. */
  readonly until: number;
  /** In 10^-8 of the currency unit. */
  readonly perSegment: bigint;
  readonly note: string;
}

/** A price that is to be added. */
export interface PriceWish {
  readonly from: number;
  /** Undefined: until the next version begins, or for ever. Given: it ends there, whatever comes then. */
  readonly until: number | undefined;
  readonly perSegment: bigint;
  readonly note: string;
  /** After `until`, what would have held without this price holds again, as a version of its own. */
  readonly resume: boolean;
  /** Versions that would begin while this one holds are withdrawn, instead of being in its way. */
  readonly replace: boolean;
}

/** What becomes of the stored versions. */
export interface TimelineChanges {
  readonly added: readonly TimelineVersion[];
  /** Stored versions that end at another time than before. */
  readonly ended: readonly TimelineVersion[];
}

const holds = ({ from, until }: TimelineVersion): boolean => from < until;

/** Milliseconds by which the clocks of two processes may differ. */
const CLOCK_SKEW = 1000;

/**
 * The time from which a price can hold that is to hold from now on: a millisecond later than the last version that begins this
 * moment, by this clock or by that of another process, whose change was earlier.
 */
export function fromNow(timeline: readonly TimelineVersion[], now: number): number {
  const begun = timeline.filter((version) => holds(version) && version.from >= now && version.from < now + CLOCK_SKEW);
  return Math.max(now, ...begun.map(({ from }) => from + 1));
}

/**
 * The timeline with a price added: what holds when it begins ends there, and it ends where the next one begins, so that there is
 * neither gap nor overlap but where the wish asks for one. A price that is there already, to the letter, changes nothing.
 *
 * @throws ApplicationError `invalid_price_period`, `price_in_past` (rule), `price_overlaps` (conflict)
 */
export function withPrice(
  timeline: readonly TimelineVersion[],
  wish: PriceWish,
  now: number,
): readonly TimelineVersion[] {
  checkPeriod(wish);
  const live = timeline.filter(holds);
  const until = wish.until ?? (wish.replace ? Infinity : nextAfter(live, wish.from));
  if (live.some((version) => isSame(version, wish, until))) return timeline;
  const over = Math.min(now, until);
  if (wish.from < now && live.some((version) => version.from < over && version.until > wish.from)) throw inPast();
  const inside = live.filter(({ from }) => from >= wish.from && from < until);
  if (inside.length > 0 && !wish.replace) throw overlaps(inside[0]);
  if (inside.some(({ from }) => from <= now)) throw inPast();
  const interrupted = live.findLast((version) => version.from < until && version.until > until);
  return [
    ...timeline.map((version) => {
      if (inside.includes(version)) return { ...version, until: version.from };
      const isCut = holds(version) && version.from < wish.from && version.until > wish.from;
      return isCut ? { ...version, until: wish.from } : version;
    }),
    { id: undefined, from: wish.from, until, perSegment: wish.perSegment, note: wish.note },
    ...(wish.resume && interrupted !== undefined ? [{ ...interrupted, id: undefined, from: until }] : []),
  ];
}

/**
 * The timeline without a version from now on: one that has not begun never will, and the version that it would have ended goes
 * on in its place; one that holds ends now, and nothing takes its place.
 *
 * @throws ApplicationError `price_over` (conflict)
 */
export function withoutPrice(
  timeline: readonly TimelineVersion[],
  gone: TimelineVersion,
  now: number,
): readonly TimelineVersion[] {
  if (gone.until <= now || !holds(gone))
    throw new ApplicationError('conflict', 'price_over', 'The price holds no more, or was withdrawn.');
  if (gone.from <= now) return timeline.map((version) => (version === gone ? { ...version, until: now } : version));
  const before = timeline.findLast((version) => holds(version) && version.until === gone.from);
  return timeline.map((version) => {
    if (version === gone) return { ...version, until: version.from };
    return version === before ? { ...version, until: gone.until } : version;
  });
}

/** What has to be stored to come from one timeline to another that was made of it. */
export function timelineChanges(
  before: readonly TimelineVersion[],
  after: readonly TimelineVersion[],
): TimelineChanges {
  const ends = new Map(before.map(({ id, until }) => [id, until]));
  return {
    added: after.filter((version) => version.id === undefined && holds(version)),
    ended: after.filter(({ id, until }) => id !== undefined && ends.get(id) !== until),
  };
}

function checkPeriod({ from, until, resume }: PriceWish): void {
  if (until !== undefined && until <= from) throw invalidPeriod('validUntil', 'must be later than validFrom');
  if (until === undefined && resume) throw invalidPeriod('resume', 'needs validUntil');
}

/** When the first version after a time begins; Infinity for none. */
function nextAfter(live: readonly TimelineVersion[], time: number): number {
  return Math.min(...live.map(({ from }) => from).filter((from) => from > time), Infinity);
}

function isSame(version: TimelineVersion, wish: PriceWish, until: number): boolean {
  return (
    version.from === wish.from &&
    version.until === until &&
    version.perSegment === wish.perSegment &&
    version.note === wish.note
  );
}

function invalidPeriod(field: string, rule: string): ApplicationError {
  return new ApplicationError('rule', 'invalid_price_period', `${field} ${rule}.`, { faults: [{ field, rule }] });
}

function inPast(): ApplicationError {
  const fault: FieldFault = {
    field: 'validFrom',
    rule: 'is past, and a price held then: what was sold stays as it was',
  };
  return new ApplicationError('rule', 'price_in_past', `${fault.field} ${fault.rule}.`, { faults: [fault] });
}

function overlaps({ id, from }: TimelineVersion): ApplicationError {
  const which = id === undefined ? 'another' : `the price ${id}`;
  const rule = `begins a validity in which ${which} begins (${new Date(from).toISOString()})`;
  return new ApplicationError(
    'conflict',
    'price_overlaps',
    `validFrom ${rule}: withdraw that one, or ask to replace it.`,
    {
      faults: [{ field: 'validFrom', rule }],
    },
  );
}
