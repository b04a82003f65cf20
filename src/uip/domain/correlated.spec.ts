import * as fc from 'fast-check';
import { correlate, type RequestedNumber } from './correlated.js';

const n = (countryCode: number, msisdn: string): RequestedNumber => ({ countryCode, msisdn });

describe('matching DETAIL_LIST (protocol.md 3)', () => {
  it('P3-ANSWER-8 goes by number, never by position', () => {
    const a = n(86, '1');
    const b = n(852, '1');
    const { outcomes, foreign } = correlate([a, b], [b, a]);
    expect(outcomes).toEqual([
      { kind: 'entry', entry: a },
      { kind: 'entry', entry: b },
    ]);
    expect(foreign).toEqual([]);
  });

  it('leaves a number in doubt that is missing or answered twice, and sets foreign entries apart', () => {
    const { outcomes, foreign } = correlate([n(86, '1'), n(86, '2')], [n(86, '2'), n(86, '2'), n(86, '3')]);
    expect(outcomes).toEqual([{ kind: 'missing' }, { kind: 'doubled' }]);
    expect(foreign).toEqual([n(86, '3')]);
  });

  it('does not confuse country code and number', () => {
    expect(correlate([n(8, '61')], [n(86, '1')]).outcomes).toEqual([{ kind: 'missing' }]);
  });

  it('puts a number in doubt that was asked for twice', () => {
    const twice = [n(1, '1'), n(1, '1')];
    expect(correlate(twice, twice).outcomes).toEqual([{ kind: 'doubled' }, { kind: 'doubled' }]);
  });

  it('gives one outcome per number whatever the entries, and loses no entry silently', () => {
    const number = fc.record({ countryCode: fc.nat(2), msisdn: fc.constantFrom('1', '2', '3') });
    const distinct = fc.uniqueArray(number, { selector: (one) => `${one.countryCode} ${one.msisdn}` });
    fc.assert(
      fc.property(distinct, fc.array(number), (requested, entries) => {
        const { outcomes, foreign } = correlate(requested, entries);
        expect(outcomes).toHaveLength(requested.length);
        requested.forEach((one, index) => {
          const same = entries.filter((e) => e.countryCode === one.countryCode && e.msisdn === one.msisdn);
          const kind = same.length === 0 ? 'missing' : same.length === 1 ? 'entry' : 'doubled';
          expect(outcomes[index]?.kind).toBe(kind);
        });
        const asked = new Set(requested.map((one) => `${one.countryCode} ${one.msisdn}`));
        expect(foreign).toEqual(entries.filter((e) => !asked.has(`${e.countryCode} ${e.msisdn}`)));
      }),
    );
  });
});
