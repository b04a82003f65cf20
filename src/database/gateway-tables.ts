import type { PartitionedTable } from './partitions.js';

/** The gateway's growing tables (design.md 5). Rows that change in place leave room for it on their page. */
export const GATEWAY_PARTITIONS: readonly PartitionedTable[] = [
  { name: 'submission', by: 'week-of-uuid' },
  { name: 'message', by: 'week-of-uuid', fillfactor: 35 },
  { name: 'attempt', by: 'week-of-uuid' },
  { name: 'report', by: 'week-of-uuid' },
  { name: 'ledger_entry', by: 'week-of-uuid' },
  { name: 'sms_uid', by: 'day' },
  { name: 'outbox', by: 'week' },
  { name: 'webhook_delivery', by: 'week-of-uuid', fillfactor: 50 },
  { name: 'webhook_attempt', by: 'week-of-uuid' },
];
