import type { PartitionedTable } from './partitions.js';

/** The platform's growing tables. */
export const PLATFORM_PARTITIONS: readonly PartitionedTable[] = [];
