import fs from 'node:fs';

import { RESULT_CODES, type ResultLevel, resultName } from '../uip/domain/result-code.js';
import { ANSWER_TABLE, type AnswerRow } from './domain/answer-table.js';
import { type AttemptedPacket, judgeAnswer, type MemberVerdict } from './domain/judge-outcome.js';

const numbers = ['67000001', '67000002'].map((msisdn) => ({ countryCode: 852, msisdn }));
const packet: AttemptedPacket = {
  numbers,
  tries: 1,
  dueAt: 0,
  validUntil: 86_400_000,
  resendOnDoubt: false,
  resent: false,
};
const ok = { resultCode: 1, smsUid: 'U' };

const written = (row: AnswerRow): string => `| ${row.event} | ${row.about} | ${row.fate} | ${row.action} |`;

function rowOf(event: string, about: ResultLevel): AnswerRow | undefined {
  return ANSWER_TABLE.find((row) => row.event === event && row.about === about);
}

/** The verdict on the first number. */
function fateOf(entries: readonly object[], resultCode: number): MemberVerdict['kind'] | undefined {
  return judgeAnswer(packet, { resultCode, entries: entries as never[] }, 1000).verdicts[0]?.kind;
}

describe('the table of answers', () => {
  it('is the one that docs/sending.md shows, row by row, both ways', () => {
    const lines = fs.readFileSync('docs/sending.md', 'utf8').split('\n');
    const from = lines.findIndex((line) => line.startsWith('| what is read'));
    const shown = lines
      .slice(from + 2)
      .filter((_, index, rest) => rest.slice(0, index + 1).every((row) => row.startsWith('|')))
      .map((line) => line.replace(/ +/g, ' '));
    expect(shown).toEqual(ANSWER_TABLE.map((row) => written(row).replace(/ +/g, ' ')));
  });

  it.each([...RESULT_CODES, 0x10000099])('says what is done about %i', (code) => {
    const event = RESULT_CODES.includes(code)
      ? `${resultName(code)} (0x${code.toString(16)})`
      : 'any other RESULT_CODE';
    expect(fateOf([], code)).toBe(rowOf(event, 'packet')?.fate);
    const entries = [
      { ...numbers[0], resultCode: code, smsUid: 'U' },
      { ...numbers[1], ...ok },
    ];
    expect(fateOf(entries, 1)).toBe(rowOf(event, 'number')?.fate);
  });

  it('says what is done about entries that are missing, doubled or foreign', () => {
    const second = { ...numbers[1], ...ok };
    const foreign = { countryCode: 852, msisdn: '67000009', ...ok };
    const fates = [
      fateOf([second], 1),
      fateOf([second, { ...numbers[0], ...ok }, { ...numbers[0], ...ok }], 1),
      fateOf([second, foreign], 1),
    ];
    expect(fates).toEqual(['in_doubt', 'in_doubt', 'in_doubt']);
    expect(judgeAnswer(packet, { resultCode: 1, entries: [second] }, 1000).verdicts[1]).toMatchObject({
      kind: 'accepted',
    });
  });

  it('names an event once for each level', () => {
    const names = ANSWER_TABLE.map(({ event, about }) => `${about} ${event}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
