/**
 * Codes of a status in the outbox: those of src/messaging/domain/message-status.ts, and these, which a message does not
 * store. They stand in the database: never renumber.
 */
export const ToldStatus = {
  /** Waits to be sent; also what is put back into the queue to be sent once more. */
  queued: 0,
  /** Is to be sent at a later time that the caller chose. */
  scheduled: 10,
  /** No message: a spend cap has reached a threshold; the submission's id is the warning's. */
  spend_cap: 20,
} as const;
