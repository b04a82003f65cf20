import type { AnswerFault } from '../../config/handset-rule.js';
import type { HandsetBehaviour } from './handset-rules.js';

/** How the ANSWER to a whole packet misbehaves. */
export interface PacketMisbehaviour {
  readonly fault: AnswerFault;
  /** RESULT_CODE of single numbers, by country code and number. */
  readonly numberResultCodes: ReadonlyMap<string, number>;
  /** Milliseconds after acceptance by which the last report that precedes the ANSWER is due; undefined: none does. */
  readonly reportsBefore: number | undefined;
}

/**
 * What the numbers of a packet do to its ANSWER: of each kind of fault the first number's in the order of the list.
 * `undefined` when all is well.
 */
export function misbehaviourOf(
  numbers: readonly string[],
  behaviourOf: (number: string) => HandsetBehaviour,
): PacketMisbehaviour | undefined {
  const numberResultCodes = new Map<string, number>();
  let fault: AnswerFault = {};
  let reportsBefore: number | undefined;
  let found = false;
  for (const number of numbers) {
    const { answer, reports } = behaviourOf(number);
    for (const report of reports) {
      if (report.beforeAnswer === true) reportsBefore = Math.max(reportsBefore ?? 0, report.after);
    }
    if (answer === undefined) continue;
    found = true;
    if (answer.numberResultCode !== undefined) numberResultCodes.set(number, answer.numberResultCode);
    fault = firstOf(fault, answer);
  }
  return found || reportsBefore !== undefined ? { fault, numberResultCodes, reportsBefore } : undefined;
}

function firstOf(one: AnswerFault, other: AnswerFault): AnswerFault {
  return {
    delay: one.delay ?? other.delay,
    cut: one.cut ?? other.cut,
    resultCode: one.resultCode ?? other.resultCode,
    serial: one.serial ?? other.serial,
    body: one.body ?? other.body,
  };
}
