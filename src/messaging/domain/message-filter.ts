import { lowestUuidv7 } from '../../uuid.js';
import { type MessageStatus, STATUS_CODE, type StoredStatus } from './message-status.js';

/** Statuses that stand in the packet, not in the message. */
const PACKET_STATUSES = ['scheduled', 'queued', 'sending'] as const;

/** Statuses asked for, by where they are read from. */
export interface StatusFilter {
  /** Codes of stored statuses. */
  readonly stored: number[];
  readonly packet: ('scheduled' | 'queued' | 'sending')[];
}

/** Sorts statuses by where they are read from. */
export function statusFilter(statuses: readonly MessageStatus[]): StatusFilter {
  const packet = PACKET_STATUSES.filter((status) => statuses.includes(status));
  const stored = statuses.flatMap((status) => (isStored(status) ? [STATUS_CODE[status]] : []));
  return { stored, packet };
}

function isStored(status: MessageStatus): status is MessageStatus & StoredStatus {
  return !(PACKET_STATUSES as readonly string[]).includes(status);
}

const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** By how much the clocks of the gateway's machines may differ, in milliseconds. */
const CLOCK_DIFFERENCE = 60_000;

/**
 * The range of ids that submissions created in a period can have. Ids use the real clock, `createdAt` business time, which in
 * a sandbox is ahead by what it has been moved, at most as far as it is now.
 *
 * @param period from (included), to (not included); business time, milliseconds
 * @param ahead by how much business time is ahead of the real clock now, milliseconds
 */
export function idRange(
  period: { readonly from: number | undefined; readonly to: number | undefined },
  ahead: number,
): { lowest: string; highest: string } {
  const { from, to } = period;
  return {
    lowest: from === undefined ? LOWEST : lowestUuidv7(clamp(from - Math.max(ahead, 0) - CLOCK_DIFFERENCE)),
    highest: to === undefined ? HIGHEST : lowestUuidv7(clamp(to + CLOCK_DIFFERENCE)),
  };
}

function clamp(ms: number): number {
  return Math.max(0, Math.min(Math.floor(ms), 2 ** 48 - 1));
}
