/** What a message is in, in the words of contract.md 4, and how that is stored. */

/** A message status as REST, events and webhooks show it. */
export type MessageStatus =
  | 'scheduled'
  | 'queued'
  | 'sending'
  | 'in_doubt'
  | 'submitted'
  | 'delivered'
  | 'undelivered'
  | 'expired'
  | 'rejected'
  | 'unknown'
  | 'failed'
  | 'cancelled';

/** The statuses of a message that is still in a packet: never stored in the message, read from the packet (design.md 3.2). */
export type PacketStatus = 'scheduled' | 'queued' | 'sending';

/** What a message row says: `pending` means that its packet knows more. */
export type StoredStatus = 'pending' | Exclude<MessageStatus, PacketStatus>;

/** The statuses that a delivery report can bring (protocol.md 7). */
export type ReportedStatus = 'submitted' | 'delivered' | 'undelivered' | 'expired' | 'rejected' | 'unknown';

/** Code of a stored status (smallint). These stand in the database: never renumber. */
export const STATUS_CODE: Readonly<Record<StoredStatus, number>> = {
  pending: 0,
  in_doubt: 1,
  submitted: 2,
  delivered: 3,
  undelivered: 4,
  expired: 5,
  rejected: 6,
  unknown: 7,
  failed: 8,
  cancelled: 9,
};

const BY_CODE = Object.entries(STATUS_CODE)
  .toSorted((one, other) => one[1] - other[1])
  .map(([status]) => status as StoredStatus);

/** All message statuses, in the order of a message's life. */
export const MESSAGE_STATUSES: readonly MessageStatus[] = [
  'scheduled',
  'queued',
  'sending',
  ...BY_CODE.filter(isShown),
];

function isShown(status: StoredStatus): status is Exclude<StoredStatus, 'pending'> {
  return status !== 'pending';
}

/** The status with this code, as read from storage; `undefined` for any other number. */
export function statusOfCode(code: number): StoredStatus | undefined {
  return BY_CODE[code];
}

/** True of the name of a message status: for filters that come from outside. */
export function isMessageStatus(value: unknown): value is MessageStatus {
  return MESSAGE_STATUSES.includes(value as MessageStatus);
}

/**
 * Whether nothing more is expected to happen to a message in this status. A later report may still correct it, from
 * `expired` to `delivered`, say (protocol.md 7), or from `failed` after a doubt that silence had settled.
 */
export function isFinalStatus(status: MessageStatus): boolean {
  switch (status) {
    case 'scheduled':
    case 'queued':
    case 'sending':
    case 'in_doubt':
    case 'submitted':
      return false;
    default:
      return true;
  }
}

/** The message status that an SMS_STATE means (the table in protocol.md 7). A state outside the table counts as UNKNOWN. */
export function statusOfSmsState(smsState: number): ReportedStatus {
  switch (smsState) {
    case 1: // ENROUTE
    case 9: // IDLE
      return 'submitted';
    case 2: // DELIVERED
    case 6: // ACCEPTED
      return 'delivered';
    case 3: // EXPIRED
      return 'expired';
    case 4: // DELETED
    case 5: // UNDELIVERABLE
      return 'undelivered';
    case 8: // REJECTED
    case 60: // LOCAL_REJECTED
      return 'rejected';
    default:
      return 'unknown';
  }
}
