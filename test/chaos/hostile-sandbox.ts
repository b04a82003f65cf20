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
