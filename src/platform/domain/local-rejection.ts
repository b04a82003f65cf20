import { obeysSingaporeRule } from '../../messaging/domain/phone-number.js';
import type { Route } from './account.js';

/**
 * Why the platform refused an SMS itself, after it had accepted it (protocol.md 7, LOCAL_REJECTED). The numbers are what is
 * stored; they never reach the wire.
 */
export const LocalRejection = {
  /** ROUTE_ID names no product of the account. */
  UnknownRoute: 1,
  /** The direction is priced, but not in the product. */
  NotInRoute: 2,
  /** A Singapore number that is not 8 digits, or begins with neither 8 nor 9. */
  SingaporeNumber: 3,
  /** The balance did not cover it when its turn in the list came. */
  Balance: 4,
} as const;

export type LocalRejection = (typeof LocalRejection)[keyof typeof LocalRejection];

/** Whether a number that has passed all other checks is refused after acceptance; the balance is judged elsewhere. */
export function localRejectionOf(
  route: Route | undefined,
  countryCode: number,
  msisdn: string,
): LocalRejection | undefined {
  if (route === undefined) return LocalRejection.UnknownRoute;
  if (!route.countries.has(countryCode)) return LocalRejection.NotInRoute;
  return obeysSingaporeRule(countryCode, msisdn) ? undefined : LocalRejection.SingaporeNumber;
}
