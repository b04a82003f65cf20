/** What a difference between the provider's bill and our books is called (docs/reconciliation.md). Stored: never rename. */
export const DIFFERENCE_CAUSES = [
  'missing_here',
  'missing_there',
  'segments',
  'unit_price',
  'currency',
  'state',
  'duplicate',
  'doubt_resolved',
  'outside_period',
  'wrong_country',
] as const;

/** The name of a cause. */
export type DifferenceCause = (typeof DIFFERENCE_CAUSES)[number];

/** What of ours should change: a doubt was accepted; the state of an SMS is another. */
export type Proposal = 'accept' | 'state';

/** True of the name of a cause: for filters that come from outside. */
export function isDifferenceCause(value: unknown): value is DifferenceCause {
  return DIFFERENCE_CAUSES.includes(value as DifferenceCause);
}
