import type { AnswerFault, HandsetReport, HandsetRule } from '../../config/handset-rule.js';
import { SmsState, stateOf } from '../../uip/domain/sms-state.js';

/** What a number does: its reports, and how the ANSWER to it misbehaves. */
export interface HandsetBehaviour {
  readonly reports: readonly HandsetReport[];
  readonly answer: AnswerFault | undefined;
}

interface Compiled {
  readonly matches: (number: string) => boolean;
  readonly rule: HandsetRule;
}

const NOT_RECEIVED: ReadonlySet<number> = new Set([
  SmsState.EXPIRED,
  SmsState.DELETED,
  SmsState.UNDELIVERABLE,
  SmsState.REJECTED,
  SmsState.LOCAL_REJECTED,
]);

/**
 * The rules of simulated handsets (contract.md 6): the last one that matches wins. Reports and ANSWER are decided apart, each
 * by the last matching rule that says something about it: `*7001` above with nothing but a cut ANSWER reports as `*` does.
 */
export class HandsetRules {
  private readonly compiled: readonly Compiled[];
  /** Whether any ANSWER is other than it should be, or held back. */
  readonly touchAnswers: boolean;

  /** @param rules in ascending rank */
  constructor(rules: readonly HandsetRule[]) {
    this.compiled = rules.map((rule) => ({ rule, matches: matcher(rule.match) })).reverse();
    this.touchAnswers = rules.some(
      ({ answer, reports }) => answer !== undefined || reports?.some(({ beforeAnswer }) => beforeAnswer === true),
    );
  }

  /** @param number country code and national number */
  of(number: string): HandsetBehaviour {
    let reports: readonly HandsetReport[] | undefined;
    let answer: AnswerFault | undefined;
    for (const { matches, rule } of this.compiled) {
      if (reports !== undefined && answer !== undefined) break;
      if (!matches(number)) continue;
      reports ??= rule.reports;
      answer ??= rule.answer;
    }
    return { reports: reports ?? [], answer };
  }
}

/** Whether a handset gets the SMS: unless its reports end in a state that says it did not. */
export function isReceived(reports: readonly HandsetReport[]): boolean {
  const state = stateOf(reports.map((report) => report.state));
  return state === undefined || !NOT_RECEIVED.has(state);
}

/** A test for a pattern in which `*` stands for any digits; the ordinary forms without a regular expression. */
function matcher(pattern: string): (number: string) => boolean {
  if (/^\*+$/.test(pattern)) return () => true;
  if (!pattern.includes('*')) return (number) => number === pattern;
  const suffix = pattern.slice(1);
  if (pattern.startsWith('*') && !suffix.includes('*')) return (number) => number.endsWith(suffix);
  const prefix = pattern.slice(0, -1);
  if (pattern.endsWith('*') && !prefix.includes('*')) return (number) => number.startsWith(prefix);
  const expression = new RegExp(`^${pattern.replaceAll(/\*+/g, '\\d*')}$`);
  return (number) => expression.test(number);
}
