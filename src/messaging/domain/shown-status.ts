import type { MessageStatus } from './message-status.js';
import { statusOfCode } from './message-status.js';

/** The packet that a message waits in. Times in milliseconds of business time. */
export interface WaitingPacket {
  /** A worker has it. */
  readonly sending: boolean;
  /** Attempts that it comes from. */
  readonly tries: number;
  readonly dueAt: number;
  /** Since when a worker has it. */
  readonly claimedAt: number | undefined;
}

/**
 * A message's status as REST shows it: the stored one, or for a pending message what its packet says (design.md 3 rule 2).
 *
 * @param code of the stored status
 * @param now business time, milliseconds
 */
export function shownStatus(code: number, packet: WaitingPacket | undefined, now: number): MessageStatus {
  const stored = statusOfCode(code) ?? 'unknown';
  if (stored !== 'pending') return stored;
  if (packet?.sending === true) return 'sending';
  return packet !== undefined && packet.tries === 0 && packet.dueAt > now ? 'scheduled' : 'queued';
}
