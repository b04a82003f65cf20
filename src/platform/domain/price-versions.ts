/** A price version of a country. Times in ms. */
export interface Version {
  readonly id: number;
  readonly countryCode: number;
  readonly validFrom: number;
}

/**
 * Orders price versions by country and time and says until when each holds: until the next one of its country begins, null
 * for the last. Of two that begin at the same time the later one made holds, and the other never does.
 */
export function priceHistory<V extends Version>(versions: readonly V[]): (V & { validUntil: number | null })[] {
  const ordered = [...versions].sort(
    (one, other) => one.countryCode - other.countryCode || one.validFrom - other.validFrom || one.id - other.id,
  );
  return ordered.map((version, index) => {
    const next: V | undefined = ordered[index + 1];
    return { ...version, validUntil: next?.countryCode === version.countryCode ? next.validFrom : null };
  });
}
