import type { PartitionedTable } from './partitions.js';

/** The platform's growing tables. SMS change in place once or twice; room for that is left on their pages. */
export const PLATFORM_PARTITIONS: readonly PartitionedTable[] = [
  { name: 'packet', by: 'week-of-uuid' },
  { name: 'sms', by: 'week-of-uuid', fillfactor: 60 },
  { name: 'carrier_submission', by: 'week-of-uuid' },
  { name: 'inbox', by: 'week-of-uuid' },
  { name: 'ledger_entry', by: 'week-of-uuid' },
];
