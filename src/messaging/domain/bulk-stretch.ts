import { groupIntoPackets } from './packets.js';

/** What of a row decides which packet it goes into. */
export interface StretchRow {
  readonly country_code: number;
  readonly msisdn: string;
  readonly segments: number;
  /** Null: the text of the whole bulk. */
  readonly text: string | null;
}

/** A packet of a stretch. */
export interface StretchPacket {
  /** Ordinals, from 1, ascending. */
  readonly members: readonly number[];
  readonly segments: number;
  readonly text: string | null;
}

/**
 * Groups the rows of a stretch into packets: those of the same text share one, no number is in a packet twice. Packets are in the
 * order of their first members.
 * @param limit numbers of a packet at the most
 */
export function packetsOfStretch(rows: readonly StretchRow[], limit: number): StretchPacket[] {
  const places = new Map<string | null, number[]>();
  rows.forEach(({ text }, index) => {
    const group = places.get(text);
    if (group === undefined) places.set(text, [index]);
    else group.push(index);
  });
  const packets: StretchPacket[] = [];
  for (const [text, group] of places) {
    const numbers = group.map((index) => `${rows[index].country_code} ${rows[index].msisdn}`);
    for (const members of groupIntoPackets(numbers, limit)) {
      // Ordinals within the group, from 1.
      const ordinals = members.map((member) => group[member - 1] + 1);
      packets.push({ members: ordinals, segments: rows[group[0]].segments, text });
    }
  }
  return packets.sort((one, other) => one.members[0] - other.members[0]);
}

/** Packets beyond which nobody counts what waits in a queue. */
export const MAX_AHEAD_PACKETS = 10_000;
/** Seconds' worth of the route's rate that wait in the queue ahead of the sending, and bounds of that. */
const AHEAD_SECONDS = 5;
const LEAST_AHEAD = 2_000;
const MOST_AHEAD = 20_000;

/**
 * Messages of a flow that may wait in the queue before no more are moved there: few enough that a pause acts at once and others of the
 * app are not held up, enough that the route is never idle.
 * @param queueLimit messages of an app that may wait at all
 */
export function aheadLimit(segmentsPerSecond: number, queueLimit: number): number {
  const wanted = Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, segmentsPerSecond * AHEAD_SECONDS));
  return Math.max(1, Math.min(wanted, Math.floor(queueLimit / 2)));
}
