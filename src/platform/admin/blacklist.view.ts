/** A number that nothing is sent to. */
export class BlacklistView {
  readonly countryCode: number;
  readonly msisdn: string;
}
