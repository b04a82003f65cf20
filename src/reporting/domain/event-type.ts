import { type MessageStatus, statusOfCode } from '../../messaging/domain/message-status.js';
import { ToldStatus } from '../../outbox/told-status.js';

/**
 * What an event can be: a message came to a status, a final status was corrected, or a spend cap has
 * reached a threshold. docs/events.md lists them, and a test keeps
 * the two lists equal. `sending` is no event: it is read from the packet, and nothing is stored at that moment.
 */
export const EVENT_TYPES = [
  'message.scheduled',
  'message.queued',
  'message.in_doubt',
  'message.submitted',
  'message.delivered',
  'message.undelivered',
  'message.expired',
  'message.rejected',
  'message.unknown',
  'message.failed',
  'message.cancelled',
  'message.corrected',
  'spend_cap.reached',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** The status that a code of the outbox stands for. */
export function toldStatusOf(code: number): Exclude<MessageStatus, 'sending'> {
  if (code === ToldStatus.queued) return 'queued';
  if (code === ToldStatus.scheduled) return 'scheduled';
  const status = statusOfCode(code) ?? 'unknown';
  return status === 'pending' ? 'queued' : status;
}

/** What kind of event a change is. @param previous code of the final status that it corrects, if it does */
export function eventTypeOf(status: number, previous: number | null): EventType {
  if (status === ToldStatus.spend_cap) return 'spend_cap.reached';
  return previous === null ? `message.${toldStatusOf(status)}` : 'message.corrected';
}
