/** Where the gateway sends to, and as whom. Its own injection token. */
export abstract class UipTarget {
  /** Full URL: ends in /dave/io. */
  abstract readonly url: string;
  abstract readonly authKey: string;
}
