import { uuidTime } from '../../uuid.js';
import { idRange, statusFilter } from './message-filter.js';

describe('statusFilter', () => {
  it('sorts statuses by where they are read from', () => {
    expect(statusFilter(['delivered', 'queued', 'in_doubt', 'sending'])).toEqual({
      stored: [3, 1],
      packet: ['queued', 'sending'],
    });
  });
});

describe('idRange', () => {
  const HOUR = 3_600_000;
  const now = Date.UTC(2026, 5, 1);

  it('is everything without bounds', () => {
    expect(idRange({ from: undefined, to: undefined }, 0)).toEqual({
      lowest: '00000000-0000-0000-0000-000000000000',
      highest: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    });
  });

  it('reaches back as far as the sandbox clock may have been ahead', () => {
    const { lowest, highest } = idRange({ from: now, to: now + HOUR }, 25 * HOUR);
    expect(uuidTime(lowest)).toBe(now - 25 * HOUR - 60_000);
    expect(uuidTime(highest)).toBe(now + HOUR + 60_000);
  });

  it('stays within what a UUIDv7 can hold', () => {
    const { lowest, highest } = idRange({ from: -5, to: Number.MAX_SAFE_INTEGER }, 0);
    expect(uuidTime(lowest)).toBe(0);
    expect(uuidTime(highest)).toBe(2 ** 48 - 1);
  });
});
