/**
 * Port: business time, that is every time that a user sees or that decides what becomes of a message (due, valid until,
 * created, reported). Leases and deadlines use the database's own time, identifiers the real clock (design.md 6).
 */
export abstract class Clock {
  /** Milliseconds since 1970 in business time. Monotonic but for corrections of the machine's clock. */
  abstract now(): number;
}

/** The machine's clock: what production uses. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}
