/** Highest SERIAL that we send: valid under both readings of the specification (protocol.md 2). */
export const MAX_SERIAL_SENT = 128;

/** Highest SERIAL that we accept. */
export const MAX_SERIAL_ACCEPTED = 65_535;

/** Counts the SERIAL of the packets that one process sends: 1, 2, … 128, 1, … (protocol.md 2). */
export class SerialCounter {
  private last: number;

  /** @param last the number before the first one that is handed out; 0 starts at 1 */
  constructor(last = 0) {
    this.last = last;
  }

  /** The next SERIAL, 1..128. */
  next(): number {
    this.last = (this.last % MAX_SERIAL_SENT) + 1;
    return this.last;
  }
}

/** Whether a value is a SERIAL that we accept: an integer, 1..65535. */
export function isSerial(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_SERIAL_ACCEPTED;
}
