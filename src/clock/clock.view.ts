/** What time it is. */
export class ClockView {
  /** Business time, UTC, ISO 8601. */
  readonly now: string;
}
