/** How many handset rules are in force now. */
export class FaultsView {
  readonly rules: number;
}

/** Where the platform's clock stands. */
export class ClockView {
  readonly now: string;
}
