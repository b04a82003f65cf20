import type { Client } from 'pg';

import { STATUS_CODE } from '../../src/messaging/domain/message-status.js';
import { TIER } from '../../src/clock/domain/bucket-period.js';
import { withClient } from './environment.js';

/** What a gateway's database says happened. Amounts are decimal texts. */
export interface GatewayCounts {
  /** Messages that the submissions promise, and messages that there are. */
  readonly promised: number;
  readonly messages: number;
  /** Members of the packets in the queue. */
  readonly queued: number;
  readonly submitted: number;
  readonly delivered: number;
  /** Members of attempts that were answered. */
  readonly attempted: number;
  readonly uids: number;
  readonly doubts: number;
  readonly reports: number;
  readonly waitingReports: number;
  readonly alarms: number;
  /** Delivered messages according to the aggregates, whether merged yet or not. */
  readonly aggregated: number;
  /** Σ price over all messages. */
  readonly price: string;
  readonly held: string;
  readonly posted: string;
  /** Entries of any other kind, and balances that are not the sum of their entries. */
  readonly otherEntries: number;
  readonly drift: number;
}

const COUNTS = `
  select
    (select coalesce(sum(message_count), 0)::int from submission) as promised,
    m.messages, m.submitted, m.delivered, m.price,
    (select coalesce(sum(cardinality(members)), 0)::int from packet) as queued,
    (select coalesce(sum(cardinality(members)), 0)::int from attempt where outcome = 1) as attempted,
    (select count(*)::int from sms_uid) as uids,
    (select count(*)::int from doubt) as doubts,
    (select count(*)::int from report) as reports,
    (select count(*)::int from report_queue) as "waitingReports",
    (select count(*)::int from report_alarm) as alarms,
    (select coalesce(sum(messages), 0)::int from (
       select messages from aggregate_bucket where tier = ${TIER.quarter} and status = ${STATUS_CODE.delivered}
       union all
       select messages from aggregate_delta where status = ${STATUS_CODE.delivered}) counted) as aggregated,
    l.held, l.posted, l."otherEntries",
    (select count(*)::int from (
       select app_id, currency, kind, sum(amount) as amount from ledger_entry group by 1, 2, 3) entry
     full join balance using (app_id, currency, kind)
     where entry.amount is distinct from balance.amount) as drift
  from (
    select count(*)::int as messages,
      count(*) filter (where m.status = ${STATUS_CODE.submitted})::int as submitted,
      count(*) filter (where m.status = ${STATUS_CODE.delivered})::int as delivered,
      trim_scale(coalesce(sum(m.segments * p.per_segment), 0))::text as price
    from message m join price p on p.id = m.price_id) m,
  (select trim_scale(coalesce(sum(amount) filter (where kind = 'hold'), 0))::text as held,
      trim_scale(coalesce(sum(amount) filter (where kind = 'post'), 0))::text as posted,
      count(*) filter (where kind not in ('hold', 'post'))::int as "otherEntries"
    from ledger_entry) l`;

/** Reads everything that is counted. */
export async function readCounts(client: Client): Promise<GatewayCounts> {
  const { rows } = await client.query<GatewayCounts>(COUNTS);
  return rows[0];
}

/** Something was lost, doubled or charged wrongly: whatever was measured is worth nothing. */
export class CountMismatch extends Error {}

/**
 * Checks that all of these are the same.
 * @throws CountMismatch with all of them
 */
export function assertSame(where: string, counts: Readonly<Record<string, number | string>>): void {
  if (new Set(Object.values(counts)).size <= 1) return;
  const list = Object.entries(counts).map(([name, value]) => `${name} ${value}`);
  throw new CountMismatch(`${where}: ${list.join(', ')}`);
}

/**
 * Checks that so many messages were accepted and stored, that all of them wait, and that their price is held.
 * @throws CountMismatch
 */
export async function checkAccepted(databaseUrl: string, accepted: number): Promise<void> {
  const counts = await withClient(databaseUrl, readCounts);
  const { promised, messages, queued, price, held } = counts;
  assertSame('accept', { accepted, promised, stored: messages, queued });
  assertSame('accept, money', { price, held });
  assertSame('accept, ledger', { expected: 0, otherEntries: counts.otherEntries, drift: counts.drift });
}
