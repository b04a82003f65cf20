import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

interface FoundRow {
  fingerprint: Buffer;
  id: string;
  encoding: number;
  segments: number;
  scheduled: boolean;
  warnings: string | null;
  currency: string;
  country_codes: number[];
  msisdns: string[];
  price_countries: number[];
  price_amounts: string[];
}

const FIND = statement<FoundRow>(
  'find_submission',
  `select i.fingerprint, s.id::text, s.encoding, s.segments, s.due_at > s.created_at as scheduled, s.warnings, r.currency,
     m.country_codes, m.msisdns, p.price_countries, p.price_amounts
   from idempotency i join submission s on s.id = i.submission_id join route r on r.id = s.route_id
   cross join lateral (
     select array_agg(country_code order by ordinal) as country_codes, array_agg(msisdn order by ordinal) as msisdns
     from message where submission_id = s.id) m
   cross join lateral (
     select array_agg(p.country_code) as price_countries, array_agg(p.per_segment::text) as price_amounts
     from (select distinct price_id from message where submission_id = s.id) d join price p on p.id = d.price_id) p
   where i.app_id = $1 and i.key = $2 and i.created_at > now() - interval '24 hours'`,
);

/** The submission that holds an idempotency key of an app, with all that its answer was made of; undefined: none does. */
export async function findSubmission(
  runner: StatementRunner,
  appId: number,
  key: string,
): Promise<FoundRow | undefined> {
  const [row] = await runner.run(FIND, [appId, key]);
  return row;
}
