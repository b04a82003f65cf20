/** Price of a segment to each country that the bench sends to, in HKD. */
const PRICES: readonly (readonly [number, string])[] = [
  [852, '0.35'],
  [65, '0.31'],
];

/** The gateway's sandbox file: a route whose rate never binds, and prices. */
export const SANDBOX = {
  accounts: [
    {
      name: 'bench',
      authKey: 'b'.repeat(88),
      currency: 'HKD',
      balance: '0',
      allowedAddresses: ['127.0.0.0/8', '::1'],
      certificateFingerprints: [],
      defaultSenderId: 'CloudSMS',
      ratePerSecond: 1_000_000,
      queueLimit: 4_000_000_000,
      routes: [{ id: 'Bench', countries: PRICES.map(([countryCode]) => countryCode) }],
      prices: PRICES.map(([countryCode, perSegment]) => ({ countryCode, perSegment })),
      registrations: [],
      blacklist: [],
    },
  ],
  handsets: [],
};

/** A number that can be sent to, in E.164: every second one in Hong Kong, the others in Singapore. @param index 0 to 16 million */
export function benchNumber(index: number): string {
  const rest = String(1_000_000 + ((index >>> 1) % 9_000_000));
  return index % 2 === 0 ? `+8526${rest}` : `+658${rest}`;
}

/** The text that requests have in common, or with an index one that no other request has. */
export function benchText(index?: number): string {
  const text = 'Your order has left our house and will be with you tomorrow before noon.';
  return index === undefined ? text : `${text} Its number is ${String(index).padStart(8, '0')}.`;
}
