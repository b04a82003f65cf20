/** Days before the end of a certificate from which on somebody should renew it. */
export const RENEWAL_DAYS = 30;

/** How long a certificate is good for. */
export interface Validity {
  /** The variable of the environment that names its file. */
  readonly name: string;
  /** Null: its file can not be read. */
  readonly daysLeft: number | null;
}

/** Whether somebody should look after it. */
export function needsCare({ daysLeft }: Validity): boolean {
  return daysLeft === null || daysLeft < RENEWAL_DAYS;
}

/** How the certificates stand, in a line; those that need care by name. */
export function expiryText(certificates: readonly Validity[]): string {
  const count = `${certificates.length} certificates`;
  const care = certificates
    .filter(needsCare)
    .map(
      ({ name, daysLeft }) =>
        `${name} ${daysLeft === null ? 'can not be read' : daysLeft < 0 ? 'has ended' : `ends in ${Math.floor(daysLeft)} days`}`,
    );
  if (care.length > 0) return `${count}; ${care.join(', ')}`;
  const days = certificates.flatMap(({ daysLeft }) => daysLeft ?? []);
  return days.length === 0 ? count : `${count}, all good for ${Math.floor(Math.min(...days))} days at least`;
}
