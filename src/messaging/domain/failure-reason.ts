import { resultName } from '../../uip/domain/result-code.js';

/** Reasons of a failed message that are ours, stored beside the RESULT_CODEs, which are positive. */
export const FailureReason = {
  /** `validUntil` passed before the message was handed over. */
  no_longer_valid: -1,
  /** In doubt until silence settled it (design.md 3 rule 7). */
  unconfirmed: -2,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(FailureReason).map(([name, code]) => [code, name] as const),
);

/** `reason` of a message as REST shows it: our own, or a RESULT_CODE's name. */
export function failureReasonName(reason: number): string {
  return NAMES.get(reason) ?? resultName(reason);
}
