import { isAssignedCountryCode } from '../../messaging/domain/numbering-plan.js';
import { obeysChinaRule } from '../../messaging/domain/phone-number.js';
import type { WireObject } from '../../uip/domain/members.js';
import { readNumberEntry } from '../../uip/domain/number-entry.js';
import { ResultCode } from '../../uip/domain/result-code.js';
import { type Account, blacklistKey, priceAt, type PriceVersion, type Route } from './account.js';
import { type LocalRejection, localRejectionOf } from './local-rejection.js';
import { meetsDuties, type RegisteredContent } from './registration.js';

/** What becomes of one entry of MULTI_MSISDN_LIST, short of the balance. */
export type NumberVerdict =
  | { readonly kind: 'refused'; readonly resultCode: number; readonly detail?: string }
  | {
      readonly kind: 'accepted';
      readonly countryCode: number;
      readonly msisdn: string;
      readonly price: PriceVersion;
      /** Set: it ends as LOCAL_REJECTED, and costs nothing. */
      readonly rejection: LocalRejection | undefined;
    };

/** What the numbers of a packet are judged by. */
export interface PacketContext {
  readonly account: Account;
  /** The product that ROUTE_ID names; undefined: there is none. */
  readonly route: Route | undefined;
  readonly content: RegisteredContent;
  /** Business time: which price holds. */
  readonly now: number;
  /** A simulated fault's RESULT_CODE for this number (contract.md 6). */
  readonly faultOf?: (number: string) => number | undefined;
}

/**
 * Judges the numbers of a packet, in the order of protocol.md 4: COUNTRY_CODE, digits and length, China's 11 digits,
 * Unpriced_area, Intercept by blacklist, then by registration. What passes is accepted, and perhaps rejected afterwards.
 */
export function judgeNumbers(entries: readonly WireObject[], context: PacketContext): NumberVerdict[] {
  const duties = new Map<number, boolean>();
  const isRegistered = (countryCode: number): boolean => {
    let met = duties.get(countryCode);
    if (met === undefined) {
      met = meetsDuties(countryCode, context.content, context.account.registrations);
      duties.set(countryCode, met);
    }
    return met;
  };
  return entries.map((entry) => judge(entry, context, isRegistered));
}

function judge(entry: WireObject, context: PacketContext, isRegistered: (code: number) => boolean): NumberVerdict {
  const number = readNumberEntry(entry);
  if (number.kind === 'fault') return refused(ResultCode.Invalid_parameter, `${number.member} ${number.rule}`);
  const { countryCode, msisdn } = number;
  if (!isAssignedCountryCode(countryCode))
    return refused(ResultCode.Invalid_parameter, 'COUNTRY_CODE is not an assigned country calling code');
  if (!obeysChinaRule(countryCode, msisdn))
    return refused(ResultCode.Invalid_parameter, 'DEST_MSISDN must be 11 digits in mainland China');
  const { account, route, now, faultOf } = context;
  const price = priceAt(account, countryCode, now);
  if (price === undefined) return refused(ResultCode.Unpriced_area);
  if (account.blacklist.has(blacklistKey(countryCode, msisdn))) return refused(ResultCode.Intercept);
  if (!isRegistered(countryCode)) return refused(ResultCode.Intercept);
  const fault = faultOf?.(`${countryCode}${msisdn}`);
  if (fault !== undefined) return refused(fault);
  const rejection = localRejectionOf(route, countryCode, msisdn);
  return { kind: 'accepted', countryCode, msisdn, price, rejection };
}

function refused(resultCode: number, detail?: string): NumberVerdict {
  return { kind: 'refused', resultCode, detail };
}
