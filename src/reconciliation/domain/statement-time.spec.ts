import * as fc from 'fast-check';

import { isTimeFormat, isTimeZone, timeReader } from './statement-time.js';

it.each([
  ['YYYY-MM-DD HH:mm:ss', '+08:00', '2026-10-01 00:00:00', '2026-09-30T16:00:00Z'],
  ['DD.MM.YYYY HH:mm', '-05:30', '01.10.2026 00:00', '2026-10-01T05:30:00Z'],
  ['MM/DD/YYYY HH:mm:ss', 'America/New_York', '07/04/2026 12:00:00', '2026-07-04T16:00:00Z'],
  ['MM/DD/YYYY HH:mm:ss', 'America/New_York', '12/04/2026 12:00:00', '2026-12-04T17:00:00Z'],
  ['YYYYMMDDHHmmss', 'Asia/Kathmandu', '20261001000000', '2026-09-30T18:15:00Z'],
  // The hour that there is twice: the earlier one.
  ['YYYY-MM-DD HH:mm:ss', 'Europe/Berlin', '2026-10-25 02:30:00', '2026-10-25T00:30:00Z'],
  ['iso8601', 'Z', '2026-10-01T02:00:00.123+02:00', '2026-10-01T00:00:00.123Z'],
  ['iso8601', 'Z', '2026-10-01 00:00Z', '2026-10-01T00:00:00Z'],
])('reads %s in %s', (format, zone, text, expected) => {
  expect(timeReader(format, zone)(text)).toBe(Date.parse(expected));
});

it.each([
  ['YYYY-MM-DD HH:mm:ss', '2026-02-29 00:00:00'],
  ['YYYY-MM-DD HH:mm:ss', '2026-10-01 00:60:00'],
  ['YYYY-MM-DD HH:mm:ss', '2026-10-01'],
  ['YYYY.MM.DD HH:mm', '2026x10x01 00:00'],
  ['iso8601', '2026-10-01T00:00:00'],
])('refuses by %s: %s', (format, text) => {
  expect(timeReader(format, 'Z')(text)).toBeUndefined();
});

it('knows which formats and zones it can read', () => {
  expect(['iso8601', 'YYYY-MM-DD HH:mm', 'YYYY-MM-DD', 'HH:mm', 'YYYY-MM-DD HH:mm HH'].map(isTimeFormat)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(['Z', '+08:00', 'Asia/Shanghai', 'Nowhere', '+8'].map(isTimeZone)).toEqual([true, true, true, false, false]);
});

it('reads what it would write, in every zone with whole minutes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2020, 0, 1) / 1000, max: Date.UTC(2039, 0, 1) / 1000 }),
      fc.integer({ min: -12 * 60, max: 14 * 60 }),
      (seconds, minutes) => {
        const magnitude = Math.abs(minutes);
        const two = (value: number) => String(value).padStart(2, '0');
        const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(magnitude / 60))}:${two(magnitude % 60)}`;
        const text = new Date(seconds * 1000 + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
        expect(timeReader('YYYY-MM-DD HH:mm:ss', zone)(text)).toBe(seconds * 1000);
      },
    ),
  );
});
