/** What a run is like. */
export interface RunOptions {
  readonly seed: number;
  /** SMS, about. */
  readonly size: number;
  /** Path of the built `src/main.js` of whatever is to be tried. */
  readonly main: string;
  /** Kills and stalls of workers. */
  readonly mishaps: number;
  /** Milliseconds for what is left to end, after the last order and the last mishap. Default: ample. */
  readonly patience?: number;
}

/** Of one segment, in HKD. */
export const PRICE = 0.35;

/** So slow a route that the mishaps fall into the sending. */
export function sandboxFile(size: number): object {
  return {
    accounts: [
      {
        name: 'demo',
        currency: 'HKD',
        balance: '100000.00',
        allowedAddresses: ['127.0.0.0/8', '::1/128'],
        certificateFingerprints: [],
        defaultSenderId: 'CloudSMS',
        ratePerSecond: Math.max(40, Math.ceil(size / 15)),
        queueLimit: 100000,
        routes: [{ id: 'VerifyCode_516', countries: [852] }],
        prices: [{ countryCode: 852, perSegment: String(PRICE) }],
        registrations: [],
        blacklist: [],
      },
    ],
    handsets: [],
  };
}
