import { Client } from 'pg';

import type { CheckResult, Finding } from './check.js';
import type { StatementRow } from './evidence.js';
import type { EvidenceStore } from './store.js';

/** Packets in a stretch: at most 10,000 SMS. */
const PACKETS = 50;

const NEXT_PACKETS = `
  with stretch as materialized (
    select id, accepted_at, segments from packet
    where account_id = $1 and (accepted_at, id) > ($2, $3) order by accepted_at, id limit ${PACKETS})
  select stretch.id, stretch.accepted_at::text as at, sms.ordinal, sms.country_code, sms.msisdn, stretch.segments,
    coalesce(price.per_segment, 0)::text as unit_price, sms.state,
    upper(replace(substr(stretch.id::text, 1, 28), '-', '') || lpad(to_hex(sms.ordinal::integer), 8, '0')) as uid,
    (case when sms.reject_cause is null then stretch.segments * coalesce(price.per_segment, 0) else 0 end)::text as amount
  from stretch join sms on sms.packet_id = stretch.id
  left join lateral (
    select per_segment from price
    where price.id = sms.price_id or (sms.price_id is null and price.account_id = $1
      and price.country_code = sms.country_code and price.valid_from <= stretch.accepted_at)
    order by price.valid_from desc, price.id desc limit 1) price on true
  order by stretch.accepted_at, stretch.id, sms.ordinal`;

interface PacketRow {
  id: string;
  at: string;
  ordinal: number;
  country_code: number;
  msisdn: string;
  segments: number;
  unit_price: string;
  state: string | null;
  uid: string;
  amount: string;
}

/** An account's ledger against its balance, and its debits against its SMS. */
const BOOKS = `
  with sms_cost as (
    select coalesce(sum(packet.segments * price.per_segment), 0) as amount
    from packet join sms on sms.packet_id = packet.id and sms.reject_cause is null join price on price.id = sms.price_id
    where packet.account_id = $1
  ), line as (
    select coalesce(sum(amount), 0) as amount, coalesce(sum(-amount) filter (where kind = 'debit'), 0) as debits
    from ledger_entry where account_id = $1)
  select 'balance' as what, balance.amount::text as "inBooks", line.amount::text as "inEntries"
  from balance, line where balance.account_id = $1 and balance.amount <> line.amount
  union all
  select 'debits', sms_cost.amount::text, line.debits::text from sms_cost, line where sms_cost.amount <> line.debits`;

/**
 * Reads what the platform's own database says of an account, as its statement would, without its code; and holds that account's
 * ledger against its balance and its SMS.
 */
export async function readPlatform(url: string, account: string, store: EvidenceStore): Promise<CheckResult> {
  const client = new Client({ connectionString: url, application_name: 'cloudsms audit' });
  // A connection that breaks is told by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin transaction isolation level repeatable read, read only');
    const found = await client.query<{ id: number; currency: string }>(
      'select id, currency from account where name = $1',
      [account],
    );
    const [row] = found.rows;
    if (row === undefined) throw new Error(`the platform has no account ${account}`);
    const read = await readSms(client, row, store);
    const { rows } = await client.query<Record<string, string>>(BOOKS, [row.id]);
    return {
      name: 'platform books',
      says: "the platform's balance is the sum of its ledger, and its debits are what its SMS cost",
      lookedAt: read,
      found: rows.length,
      findings: rows satisfies Finding[],
    };
  } finally {
    await client.end();
  }
}

async function readSms(
  client: Client,
  account: { readonly id: number; readonly currency: string },
  store: EvidenceStore,
): Promise<number> {
  let read = 0;
  let [at, after] = ['-infinity', '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const { rows } = await client.query<PacketRow>(NEXT_PACKETS, [account.id, at, after]);
    const last = rows.at(-1);
    if (last === undefined) return read;
    ({ at, id: after } = last);
    await store.addStatement(
      rows.map((row) => ({ where: `packet ${row.id}`, value: statementRow(row, account.currency) })),
    );
    read += rows.length;
  }
}

function statementRow(row: PacketRow, currency: string): StatementRow {
  return {
    uid: row.uid,
    acceptedAt: row.at,
    countryCode: row.country_code,
    msisdn: row.msisdn,
    segments: row.segments,
    unitPrice: row.unit_price,
    amount: row.amount,
    currency,
    state: row.state === null ? null : Number(row.state),
  };
}
