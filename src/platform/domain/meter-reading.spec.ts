import { assert, integer, property } from 'fast-check';

import { admit } from './admission.js';
import { refusedBy } from './meter-reading.js';

const reading = { tokens: -5, burst: 10, waiting: 90, at: 1000 };
const limits = { ratePerSecond: 10, queueLimit: 100 };
const one = { sms: 1, waiting: 1 };

describe('refusedBy', () => {
  it('is busy until the bucket can hold enough again', () => {
    expect(refusedBy(reading, 1000, one, limits)).toBe('busy');
    expect(refusedBy(reading, 1599, one, limits)).toBe('busy');
    expect(refusedBy(reading, 1600, one, limits)).toBeUndefined();
    expect(refusedBy(reading, 1999, { sms: 5, waiting: 5 }, limits)).toBe('busy');
  });

  it('says nothing after a second, nor under another rate', () => {
    expect(refusedBy({ ...reading, tokens: -100 }, 2001, one, limits)).toBeUndefined();
    expect(refusedBy(reading, 1000, one, { ...limits, ratePerSecond: 20 })).toBeUndefined();
  });

  it('takes the queue for full for a tenth of a second', () => {
    const full = { ...reading, tokens: 10 };
    expect(refusedBy(full, 1100, { sms: 10, waiting: 11 }, limits)).toBe('queue_full');
    expect(refusedBy(full, 1100, { sms: 10, waiting: 10 }, limits)).toBeUndefined();
    expect(refusedBy(full, 1101, { sms: 10, waiting: 11 }, limits)).toBeUndefined();
    expect(refusedBy(full, 1000, { sms: 10, waiting: 11 }, { ...limits, queueLimit: 101 })).toBeUndefined();
  });

  it('never says busy of what the meter itself would admit', () => {
    assert(
      property(
        integer({ min: -500, max: 50 }),
        integer({ min: 1, max: 50 }),
        integer({ min: 0, max: 2000 }),
        integer({ min: 1, max: 200 }),
        (tokens, burst, age, sms) => {
          const now = Math.min(burst, tokens + (burst * age) / 1000);
          const meter = { balance: 0n, tokens: now, burst, waiting: 0, queueLimit: 1000 };
          const [admission] = admit(meter, [{ sms, costs: [] }]);
          const demand = { sms, waiting: 0 };
          const refusal = refusedBy({ tokens, burst, waiting: 0, at: 0 }, age, demand, {
            ratePerSecond: burst,
            queueLimit: 1000,
          });
          expect([undefined, admission?.kind]).toContain(refusal);
        },
      ),
    );
  });
});
