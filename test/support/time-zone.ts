/** A time zone, and when its days begin. */
export interface TestZone {
  /** IANA name. */
  readonly name: string;
  /** As a time of UTC ends with it: `T16:00:00.000Z`. */
  readonly midnight: string;
}

/**
 * The zone in which it is `hour` o'clock and some minutes: a spec that counts by calendar days, and runs in one where it is
 * about noon, never comes across the end of a day or a month.
 */
export function zoneWhereItIs(hour: number): TestZone {
  const east = ((hour - new Date().getUTCHours() + 36) % 24) - 12;
  // Names of this kind count to the west: Etc/GMT-8 is eight hours ahead of UTC.
  const name = `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
  return { name, midnight: `T${String((24 - east) % 24).padStart(2, '0')}:00:00.000Z` };
}
