/** What an account may take at a moment: its balance, its rate's bucket, its queue (protocol.md 4, 7). */
export interface Meter {
  /** 10^-8 of the currency unit. */
  readonly balance: bigint;
  /** SMS that the rate allows now; negative: a debt. */
  readonly tokens: number;
  /** What the bucket holds when it is full: one second's SMS. */
  readonly burst: number;
  /** SMS that wait for the carrier. */
  readonly waiting: number;
  readonly queueLimit: number;
}

/** What a packet asks for. */
export interface Demand {
  /** SMS that count for the rate: all numbers of the list. */
  readonly sms: number;
  /** What each SMS that is to be handed on costs, in the order of the list. */
  readonly costs: readonly bigint[];
}

/** What a packet gets. `covered` says of each cost whether the balance covered it. */
export type Admission =
  | { readonly kind: 'busy' }
  | { readonly kind: 'queue_full' }
  | { readonly kind: 'admitted'; readonly covered: readonly boolean[]; readonly total: bigint };

/**
 * Admits packets one after the other, each to what those before it have left: first the rate, then the queue, then the
 * balance.
 *
 * A packet with more SMS than the bucket holds is admitted when the bucket is full, and leaves a debt; no other packet
 * would ever let it pass.
 */
export function admit(meter: Meter, demands: readonly Demand[]): Admission[] {
  let { balance, tokens, waiting } = meter;
  return demands.map(({ sms, costs }) => {
    if (tokens < Math.min(sms, meter.burst)) return { kind: 'busy' };
    if (waiting + costs.length > meter.queueLimit) return { kind: 'queue_full' };
    const covered = spendInOrder(balance, costs);
    const total = sumOf(costs, covered);
    balance -= total;
    tokens -= sms;
    waiting += countOf(covered);
    return { kind: 'admitted', covered, total };
  });
}

/**
 * Spends a balance in the order of a list: each cost is taken if the balance covers it; one that it doesn't cover is left
 * out, and the next is tried (protocol.md 7).
 */
export function spendInOrder(balance: bigint, costs: readonly bigint[]): boolean[] {
  let left = balance;
  return costs.map((cost) => {
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}

function sumOf(costs: readonly bigint[], covered: readonly boolean[]): bigint {
  let total = 0n;
  costs.forEach((cost, index) => {
    if (covered[index]) total += cost;
  });
  return total;
}

function countOf(covered: readonly boolean[]): number {
  let count = 0;
  for (const one of covered) if (one) count += 1;
  return count;
}
