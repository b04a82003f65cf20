import type { Currency } from '../../billing/domain/currency.js';
import type { AddressList } from '../../uip/address-list.js';
import type { Registration } from './registration.js';

/** The price of a segment to a country; a version that never changes. */
export interface PriceVersion {
  readonly id: number;
  /** 10^-8 of the currency unit. */
  readonly perSegment: bigint;
}

/** A product of an account: what a ROUTE_ID names. */
export interface Route {
  readonly id: number;
  readonly countries: ReadonlySet<number>;
}

/** A customer's account, as the directory last read it. What changes with every packet (the balance) is not in it. */
export interface Account {
  readonly id: number;
  readonly name: string;
  readonly currency: Currency;
  readonly defaultSenderId: string;
  /** SMS a second, with a burst of one second. */
  readonly ratePerSecond: number;
  /** SMS that may wait for the carrier. */
  readonly queueLimit: number;
  readonly allowedAddresses: Pick<AddressList, 'includes'>;
  /** SHA-256 in lower-case hexadecimal digits; none: any certificate. */
  readonly certificateFingerprints: ReadonlySet<string>;
  /** Undefined: the callback listener of the same installation. */
  readonly callbackUrl: string | undefined;
  readonly revoked: boolean;
  /** By ROUTE_ID. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Price versions by country calling code, by descending time: the first one that is valid holds. */
  readonly prices: ReadonlyMap<number, readonly DatedPrice[]>;
  readonly registrations: readonly Registration[];
  /** `countryCode number`, joined. */
  readonly blacklist: ReadonlySet<string>;
}

/** A price version with the time from which it holds; no price: the country is not priced from then on. */
export interface DatedPrice {
  /** Business time, ms since 1970 UTC. */
  readonly validFrom: number;
  readonly price: PriceVersion | undefined;
}

/** The price of a segment to a country at a time; `undefined`: Unpriced_area. */
export function priceAt(account: Account, countryCode: number, now: number): PriceVersion | undefined {
  return account.prices.get(countryCode)?.find(({ validFrom }) => validFrom <= now)?.price;
}

/** How a number stands in an account's blacklist. */
export function blacklistKey(countryCode: number, msisdn: string): string {
  return `${countryCode} ${msisdn}`;
}

/** Whether whoever shows this certificate may use the account's AUTH_KEY (protocol.md 1). */
export function admitsCertificate(account: Account, fingerprint: string | undefined): boolean {
  const pins = account.certificateFingerprints;
  return pins.size === 0 || (fingerprint !== undefined && pins.has(fingerprint));
}
