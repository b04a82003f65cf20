/** How bad it is. */
export type Grade = 'OK' | 'WARN' | 'FAIL';

/** What a check has found out, in words that may be shown to anybody: no secrets, no numbers. */
export interface Finding {
  readonly grade: Grade;
  /** What was looked at, in a word or two. */
  readonly subject: string;
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** The findings of one subject, in a row. */
export class Findings {
  readonly all: Finding[] = [];

  constructor(private readonly subject: string) {}

  ok(text: string): void {
    this.all.push({ grade: 'OK', subject: this.subject, text });
  }

  warn(text: string, advice: string): void {
    this.all.push({ grade: 'WARN', subject: this.subject, text, advice });
  }

  fail(text: string, advice: string): void {
    this.all.push({ grade: 'FAIL', subject: this.subject, text, advice });
  }
}

/** Digits in a row that could be somebody's number. */
const NUMBER = /\+?\d{8,15}(?!\d)/g;
const SECRET = '(secret)';

/**
 * Takes out of a text what must not be in a report that is pasted somewhere: these secrets, and whatever looks like a number. The
 * checks write nothing of the kind themselves; what a server answers may.
 */
export function masked(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length >= 4);
  return known.reduce((rest, secret) => rest.replaceAll(secret, SECRET), text).replaceAll(NUMBER, '(number)');
}

const WIDTH = 14;

/** The report: a line for each finding, what to do below it, and a sum. */
export function reportLines(title: string, findings: readonly Finding[], secrets: readonly string[]): string[] {
  const count = (grade: Grade): number => findings.filter((finding) => finding.grade === grade).length;
  return [
    title,
    ...findings.flatMap(({ grade, subject, text, advice }) => [
      `${grade.padEnd(4)}  ${subject.padEnd(WIDTH)} ${masked(text, secrets)}`,
      ...(advice === undefined ? [] : [`${' '.repeat(WIDTH + 7)}-> ${masked(advice, secrets)}`]),
    ]),
    `${count('OK')} OK, ${count('WARN')} WARN, ${count('FAIL')} FAIL`,
  ];
}
