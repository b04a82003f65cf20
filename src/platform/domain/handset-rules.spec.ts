import type { HandsetRule } from '../../config/handset-rule.js';
import { misbehaviourOf } from './answer-fault.js';
import { HandsetRules, isReceived } from './handset-rules.js';

const delivered = [{ state: 2, after: 1000 }];
const expired = [{ state: 3, after: 0 }];
const rules = (...list: HandsetRule[]) => new HandsetRules(list);

describe('HandsetRules', () => {
  it.each([
    ['*', '85267000011', true],
    ['**', '85267000011', true],
    ['*0011', '85267000011', true],
    ['*0011', '8526700001', false],
    ['852*', '85267000011', true],
    ['85267000011', '85267000011', true],
    ['85267000011', '185267000011', false],
    ['852*11', '85267000011', true],
    ['852*11', '8521', false],
    ['*70*0*', '85267000011', true],
    ['*71*0*', '85267000011', false],
  ])('tests %s against %s', (match, number, expected) => {
    expect(rules({ match, reports: delivered }).of(number).reports.length > 0).toBe(expected);
  });

  it('lets the last match win, reports and ANSWER apart', () => {
    const set = rules(
      { match: '*', reports: delivered },
      { match: '*03', reports: expired },
      { match: '*7001', answer: { cut: 'after' } },
      { match: '*00', reports: [] },
    );
    expect(set.of('111')).toEqual({ reports: delivered, answer: undefined });
    expect(set.of('103')).toEqual({ reports: expired, answer: undefined });
    expect(set.of('17001')).toEqual({ reports: delivered, answer: { cut: 'after' } });
    expect(set.of('100').reports).toEqual([]);
    expect(rules().of('1')).toEqual({ reports: [], answer: undefined });
  });
});

describe('isReceived', () => {
  it('is true unless the reports end in a failure', () => {
    expect(isReceived(delivered)).toBe(true);
    expect(isReceived([])).toBe(true);
    expect(isReceived(expired)).toBe(false);
    expect(isReceived([...delivered, ...expired])).toBe(true);
  });
});

describe('misbehaviourOf', () => {
  it('takes of each kind of fault the first number has, and codes of every number', () => {
    const set = rules(
      { match: '*1', answer: { serial: 5, numberResultCode: 7 } },
      { match: '*2', answer: { serial: 6, delay: 10 } },
      { match: '*3', reports: [{ state: 2, after: 30, beforeAnswer: true }] },
    );
    const of = (numbers: string[]) => misbehaviourOf(numbers, (number) => set.of(number));
    expect(of(['9'])).toBeUndefined();
    expect(of(['1', '2', '3'])).toEqual({
      fault: { serial: 5, delay: 10 },
      numberResultCodes: new Map([['1', 7]]),
      reportsBefore: 30,
    });
  });
});
