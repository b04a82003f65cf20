import { statement } from '../statement.js';
import { rowOfLine } from './provider-statement-row.js';

/** A provider's statement that came in whole. */
export interface StatementRow {
  id: string;
  uploaded_at: Date;
  name: string;
  mapping: string | null;
  route: string | null;
  period: string;
  digest: Buffer;
  bytes: number;
  line_count: number;
  first_at: Date;
  last_at: Date;
  totals: Record<string, { rows: number; amount: string }>;
}

const STATEMENT_COLUMNS = `s.id, s.uploaded_at, s.name, s.mapping, route.name as route, s.period, s.digest, s.bytes, s.line_count,
  s.first_at, s.last_at, s.totals`;

/** Statements before an id ($1; null: from the newest on), newest first, $2 at the most. */
export const LIST_STATEMENTS = statement<StatementRow>(
  'reconcile_list_statements',
  `select ${STATEMENT_COLUMNS} from provider_statement s left join route on route.id = s.route_id
   where s.state = 'loaded' and ($1::uuid is null or s.id < $1) order by s.id desc limit $2`,
);

/** The statement of an id ($1), or of a digest ($2). */
export const FIND_STATEMENT = statement<StatementRow>(
  'reconcile_find_statement',
  `select ${STATEMENT_COLUMNS} from provider_statement s left join route on route.id = s.route_id
   where s.state = 'loaded' and (s.id = $1::uuid or s.digest = $2::bytea)`,
);

/** A run, and what its differences are made of. */
export interface RunRow {
  id: string;
  statement_id: string;
  period: string;
  period_from: Date;
  period_to: Date;
  route: string | null;
  state: 'queued' | 'running' | 'done' | 'failed';
  phase: number;
  after_id: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  failure: string | null;
  balanced: boolean | null;
  lines: number;
  lines_matched: number;
  lines_judged: number;
  items: number;
  items_judged: number;
}

const RUN_COLUMNS = `r.id, r.statement_id, r.period, r.period_from, r.period_to, route.name as route, r.state, r.phase, r.after_id,
  r.created_at, r.started_at, r.finished_at, r.failure, r.balanced, s.line_count as lines, r.lines_matched, r.lines_judged, r.items,
  r.items_judged`;
const RUN_TABLES = `reconciliation_run r join provider_statement s on s.id = r.statement_id left join route on route.id = r.route_id`;

/** Runs before an id ($1; null: from the newest on), newest first, $2 at the most. */
export const LIST_RUNS = statement<RunRow>(
  'reconcile_list_runs',
  `select ${RUN_COLUMNS} from ${RUN_TABLES} where $1::uuid is null or r.id < $1 order by r.id desc limit $2`,
);

/** The run of an id ($1). */
export const FIND_RUN = statement<RunRow>(
  'reconcile_find_run',
  `select ${RUN_COLUMNS} from ${RUN_TABLES} where r.id = $1`,
);

/** A sum of a run. */
export interface RunTotalRow {
  run_id: string;
  currency: string;
  item: string;
  quantity: number;
  amount: string;
}

/** The sums of runs ($1). */
export const READ_TOTALS = statement<RunTotalRow>(
  'reconcile_read_totals',
  `select t.run_id, t.currency, t.item, t.quantity, t.amount::text as amount
   from unnest($1::uuid[]) as wanted (id) join reconciliation_total t on t.run_id = any (array[wanted.id])
   order by t.run_id, t.currency, t.item`,
);

/** How many proposals of a run ($1) there are, by what became of them. */
export const COUNT_PROPOSALS = statement<{ decision: string; count: number }>(
  'reconcile_count_proposals',
  `select coalesce(decision, 'open') as decision, count(*)::integer as count from reconciliation_difference
   where run_id = $1 and proposal is not null group by 1`,
);

/** A cause of a difference with both of its sides. */
export interface DifferenceRow {
  id: number;
  cause: string;
  amount: string;
  currency: string;
  counter_amount: string | null;
  counter_currency: string | null;
  line: number | null;
  submission_id: string | null;
  ordinal: number | null;
  our_at: Date | null;
  our_country: number | null;
  our_segments: number | null;
  our_price: string | null;
  our_currency: string | null;
  our_state: number | null;
  reported: number[] | null;
  proposal: 'accept' | 'state' | null;
  decision: 'approved' | 'rejected' | null;
  decided_at: Date | null;
  effective: boolean | null;
  sms_uid: string | null;
  accepted_at: Date | null;
  country_code: number | null;
  number: string | null;
  segments: number | null;
  unit_price: string | null;
  billed: string | null;
  billed_currency: string | null;
  state: number | null;
}

/**
 * Differences of a run ($1) after an id ($2), of a cause ($3; null: all), with a proposal on which nobody has decided ($4) or
 * whatever they are, $5 at the most, by id.
 */
export const LIST_DIFFERENCES = statement<DifferenceRow>(
  'reconcile_list_differences',
  `select d.id, d.cause, d.amount::text as amount, d.currency, d.counter_amount::text as counter_amount, d.counter_currency, d.line,
     d.submission_id, d.ordinal, d.our_at, d.our_country, d.our_segments, d.our_price::text as our_price, d.our_currency,
     d.our_state, d.reported, d.proposal, d.decision, d.decided_at, d.effective, b.sms_uid, b.accepted_at, b.country_code, b.number,
     b.segments, b.unit_price::text as unit_price, b.amount::text as billed, b.currency as billed_currency, b.state
   from (
     select * from reconciliation_difference
     where run_id = $1 and id > $2 and ($3::text is null or cause = $3)
       and (not $4::boolean or (proposal is not null and decision is null))
     order by id limit $5) d
   join reconciliation_run r on r.id = d.run_id
   left join lateral ${rowOfLine('r.statement_id', 'd.line')} b on true
   order by d.id`,
);

/** A stored mapping. */
export interface MappingRow {
  name: string;
  definition: object;
  created_at: Date;
}

/** Mappings after a name ($1), $2 at the most. */
export const LIST_MAPPINGS = statement<MappingRow>(
  'reconcile_list_mappings',
  'select name, definition, created_at from statement_mapping where name > $1 order by name limit $2',
);

/** The mapping of a name ($1). */
export const FIND_MAPPING = statement<MappingRow>(
  'reconcile_find_mapping',
  'select name, definition, created_at from statement_mapping where name = $1',
);
