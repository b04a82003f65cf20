import * as fc from 'fast-check';

import { admit, type Demand, type Meter, spendInOrder } from './admission.js';

const meter = (members: Partial<Meter> = {}): Meter => ({
  balance: 100n,
  tokens: 10,
  burst: 10,
  waiting: 0,
  queueLimit: 1000,
  ...members,
});
const demand = (...costs: bigint[]): Demand => ({ sms: costs.length, costs });

describe('spendInOrder', () => {
  it('takes each cost that is covered, leaves the others out, and tries the next', () => {
    expect(spendInOrder(10n, [8n, 3n, 2n, 1n])).toEqual([true, false, true, false]);
    expect(spendInOrder(0n, [0n, 1n])).toEqual([true, false]);
  });

  it('spends no more than there is, and leaves less than anything that it refused', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1000n), fc.array(fc.bigInt(0n, 300n)), (balance, costs) => {
        const covered = spendInOrder(balance, costs);
        let left = balance;
        costs.forEach((cost, index) => {
          expect(covered[index]).toBe(cost <= left);
          if (covered[index]) left -= cost;
        });
        expect(left >= 0n).toBe(true);
      }),
    );
  });

  it('gives packets one after the other what it gives their lists as one', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1000n), fc.array(fc.array(fc.bigInt(0n, 300n)), { maxLength: 5 }), (balance, lists) => {
        const admissions = admit(
          meter({ balance, tokens: 1e9, burst: 1e9, queueLimit: 1e9 }),
          lists.map((costs) => demand(...costs)),
        );
        const covered = admissions.flatMap((each) => (each.kind === 'admitted' ? each.covered : []));
        expect(covered).toEqual(spendInOrder(balance, lists.flat()));
      }),
    );
  });
});

describe('admit', () => {
  it('looks at the rate first, then at the queue', () => {
    const two = demand(1n, 1n);
    expect(admit(meter({ tokens: 1 }), [two])).toEqual([{ kind: 'busy' }]);
    expect(admit(meter({ tokens: 1, queueLimit: 1 }), [two])).toEqual([{ kind: 'busy' }]);
    expect(admit(meter({ queueLimit: 1 }), [two])).toEqual([{ kind: 'queue_full' }]);
    expect(admit(meter({ waiting: 998 }), [two])).toMatchObject([{ kind: 'admitted', total: 2n }]);
  });

  it('lets a packet larger than the bucket through when the bucket is full, and nothing until the debt is paid', () => {
    const large = { sms: 50, costs: [] };
    expect(admit(meter(), [large, demand(1n)])).toMatchObject([{ kind: 'admitted' }, { kind: 'busy' }]);
    expect(admit(meter({ tokens: 9.5 }), [large])).toEqual([{ kind: 'busy' }]);
  });

  it('takes nothing for a packet that it refuses', () => {
    const [refused, admitted] = admit(meter({ tokens: 2, balance: 5n }), [demand(1n, 1n, 1n), demand(5n)]);
    expect(refused).toEqual({ kind: 'busy' });
    expect(admitted).toEqual({ kind: 'admitted', covered: [true], total: 5n });
  });
});
