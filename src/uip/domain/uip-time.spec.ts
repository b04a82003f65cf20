import * as fc from 'fast-check';
import { formatUipTime, parseUipTime } from './uip-time.js';

const NOON = Date.UTC(2021, 0, 1, 4, 5, 6);

describe('TIME (protocol.md 2)', () => {
  it('is written in UTC+8 unless told otherwise', () => {
    expect(formatUipTime(NOON)).toBe('2021-01-01 12:05:06');
    expect(formatUipTime(NOON, 0)).toBe('2021-01-01 04:05:06');
    expect(formatUipTime(NOON, -330)).toBe('2020-12-31 22:35:06');
  });

  it.each(['2021-01-01 12:05:06', '2021-01-01 12 : 05 : 06', ' 2021-01-01  12: 05 :06 ', '2021-01-01 12:05: 06'])(
    'is read tolerantly: %p',
    (text) => expect(parseUipTime(text)).toBe(NOON),
  );

  it.each([
    '',
    'now',
    '2021-02-30 00:00:00',
    '2021-13-01 00:00:00',
    '2021-00-10 00:00:00',
    '2021-01-01 24:00:00',
    '2021-01-01 00:60:00',
    '2021-01-01 00:00:60',
    '2021-01-01T00:00:00',
    '2021-01-01',
    '2021-01-01 00:00:00Z',
    `2021-01-01 ${' '.repeat(40)}00:00:00`,
  ])('refuses %p', (text) => expect(parseUipTime(text)).toBeUndefined());

  it('knows leap years', () => {
    expect(parseUipTime('2000-02-29 00:00:00', 0)).toBe(Date.UTC(2000, 1, 29));
    expect(parseUipTime('2100-02-29 00:00:00')).toBeUndefined();
    expect(parseUipTime('2024-02-29 00:00:00')).toBeDefined();
    expect(parseUipTime('2023-02-29 00:00:00')).toBeUndefined();
  });

  it('reads what it writes, to the second', () => {
    const ms = fc.integer({ min: Date.UTC(1, 0, 2), max: Date.UTC(9999, 0, 1) });
    fc.assert(
      fc.property(ms, fc.integer({ min: -720, max: 840 }), (epoch, offset) => {
        const second = Math.floor(epoch / 1000) * 1000;
        expect(parseUipTime(formatUipTime(epoch, offset), offset)).toBe(second);
      }),
    );
  });
});
