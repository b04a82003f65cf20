import { ApplicationError } from '../../errors.js';

/** Most numbers in one SMS_SEND_REQUEST (protocol.md 3). */
export const MAX_PACKET_NUMBERS = 200;

/**
 * Groups the recipients of a submission into packets (design.md 3): at most `limit` members each, no number twice in a packet,
 * because an ANSWER's entries are matched by number. A further SMS to the same number goes into a later packet.
 *
 * A recipient goes into the first packet that has room and lacks its number; so members ascend within a packet, packets ascend
 * by their first member, and only the packets at the end are not full. Linear in the number of recipients.
 *
 * @param numbers E.164 numbers, or any other key that tells numbers apart, in the order of the submission
 * @param limit members a packet, 1..200
 * @param firstOrdinal ordinal of the first recipient, 1 unless this is a later part of a submission
 * @returns for each packet the ordinals of its members
 * @throws ApplicationError `internal`/`bad_argument` when the limit is out of range
 */
export function groupIntoPackets(
  numbers: readonly string[],
  limit: number = MAX_PACKET_NUMBERS,
  firstOrdinal = 1,
): number[][] {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PACKET_NUMBERS)
    throw new ApplicationError('internal', 'bad_argument', `A packet has 1 to ${MAX_PACKET_NUMBERS} numbers.`);
  const packets: number[][] = [];
  // next[p] is p while packet p has room, else a later packet to look at: a union-find that keeps the search flat.
  const next: number[] = [];
  const lastPacket = new Map<string, number>();
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index];
    const previous = lastPacket.get(number);
    const packet = firstWithRoom(next, previous === undefined ? 0 : previous + 1);
    if (packet === packets.length) {
      packets.push([]);
      next.push(packet);
    }
    const members = packets[packet];
    members.push(firstOrdinal + index);
    if (members.length === limit) next[packet] = packet + 1;
    lastPacket.set(number, packet);
  }
  return packets;
}

function firstWithRoom(next: number[], from: number): number {
  let packet = from;
  while (packet < next.length && next[packet] !== packet) {
    const following = next[packet];
    // Halving the path: the next search over it takes half the steps.
    if (following < next.length) next[packet] = next[following];
    packet = following;
  }
  return packet;
}

/** A packet holds no more than the route may send in half a second, or the platform would call it too much at once. */
export function packetSize(segmentsPerSecond: number): number {
  return Math.max(1, Math.min(MAX_PACKET_NUMBERS, Math.floor(segmentsPerSecond / 2)));
}
