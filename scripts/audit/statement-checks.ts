import type { Check } from './check.js';

/** What an entry spends, or gives back: nothing where it does neither. */
const NET = (column: string): string =>
  `case when to_account = 'spent' then ${column} when from_account = 'spent' then -${column} else 0 end`;

/** A half goes to the even one: said here in numbers, for the rounding itself is the gateway's. */
const MINOR_UNIT = `case when currency in ('JPY', 'KRW') then 1 else 0.01 end`;

/** Usage and statements against the ledger. */
export const STATEMENT_CHECKS: readonly Check[] = [
  {
    name: 'usage',
    says: 'usage of every width is what the ledger has spent, for every app and price',
    looksAt: 'select count(*) from usage_bucket',
    finds: `with spent as (
        select app_id, price_id, sum(${NET('quantity')}) as segments, sum(${NET('amount')}) as amount
        from ledger_entry where id not in (select entry_id from ledger_news) group by 1, 2
      ), used as (
        select tier, app_id, price_id, sum(segments) as segments, sum(amount) as amount from usage_bucket group by 1, 2, 3)
      select tier.tier, app_id as app, price_id as price, used.segments as "segmentsInUsage",
        spent.segments as "segmentsInEntries", used.amount as "amountInUsage", spent.amount as "amountInEntries"
      from generate_series(0, 2) as tier (tier) cross join (
        select app_id, price_id from spent union select app_id, price_id from used) account
      left join spent using (app_id, price_id)
      left join used using (tier, app_id, price_id)
      where coalesce(used.segments, 0) <> coalesce(spent.segments, 0) or coalesce(used.amount, 0) <> coalesce(spent.amount, 0)`,
  },
  {
    name: 'rolled up once',
    says: 'what waits to be rolled up is an entry, and waits once',
    looksAt: 'select count(*) from ledger_news',
    finds: `select entry_id as entry, count(*) as times from ledger_news
      group by 1 having count(*) > 1 or not exists (select from ledger_entry where ledger_entry.id = entry_id)`,
  },
  {
    name: 'statement lines',
    says: 'statements, and what is in the open months, are what the ledger has spent, for every app and price',
    looksAt: 'select count(*) from billing_line',
    finds: `with spent as (
        select app_id, price_id, sum(${NET('quantity')}) as segments, sum(${NET('amount')}) as amount
        from ledger_entry where id not in (select entry_id from ledger_news) group by 1, 2
      ), closed as (select coalesce(max(month), '-infinity') as month from billing_closed_month),
      billed as (
        select app_id, price_id, sum(segments) as segments, sum(amount) as amount from (
          select app_id, price_id, charged - credited as segments, exact as amount from billing_statement_line
          union all
          select app_id, price_id, charged - credited, amount from billing_line where month > (select month from closed)) b
        group by 1, 2)
      select app_id as app, price_id as price, billed.segments as "segmentsInStatements", spent.segments as "segmentsInEntries",
        billed.amount as "amountInStatements", spent.amount as "amountInEntries"
      from billed full join spent using (app_id, price_id)
      where coalesce(billed.segments, 0) <> coalesce(spent.segments, 0)
        or coalesce(billed.amount, 0) <> coalesce(spent.amount, 0)`,
  },
  {
    name: 'closed statements',
    says: 'a closed statement is what was rolled up into it, adds up, is rounded once a line, and opens where the last one closed',
    looksAt: 'select count(*) from billing_statement_line',
    finds: `with stored as (
        select app_id, month, origin, price_id, sum(charged) as charged, sum(credited) as credited, sum(exact) as amount
        from billing_statement_line group by 1, 2, 3, 4
      ), rolled as (
        select app_id, month, origin, price_id, sum(charged) as charged, sum(credited) as credited, sum(amount) as amount
        from billing_line where month in (select month from billing_closed_month)
        group by 1, 2, 3, 4 having sum(charged) <> 0 or sum(credited) <> 0
      ), lines as (
        select app_id, month, currency, sum(exact) as exact, sum(rounded) as rounded, sum(remainder) as remainder,
          coalesce(sum(exact) filter (where origin = month), 0) as charges
        from billing_statement_line group by 1, 2, 3)
      select app_id as app, month::text, price_id as price, null::integer as line, 'not what was rolled up' as what
      from stored full join rolled using (app_id, month, origin, price_id)
      where (stored.charged, stored.credited, stored.amount) is distinct from (rolled.charged, rolled.credited, rolled.amount)
      union all
      select app_id, month::text, price_id, line, 'amount' from billing_statement_line
      where exact <> (charged - credited) * unit_price
      union all
      select app_id, month::text, price_id, line, 'rounding' from billing_statement_line
      where rounded + remainder <> exact or rounded % ${MINOR_UNIT} <> 0 or abs(remainder) * 2 > ${MINOR_UNIT}
        or (abs(remainder) * 2 = ${MINOR_UNIT} and (rounded / ${MINOR_UNIT}) % 2 <> 0)
      union all
      select total.app_id, total.month::text, null, null, 'total ' || total.currency
      from billing_statement_total total left join lines using (app_id, month, currency)
      where total.exact <> coalesce(lines.exact, 0) or total.rounded <> coalesce(lines.rounded, 0)
        or total.remainder <> coalesce(lines.remainder, 0) or total.charges <> coalesce(lines.charges, 0)
        or total.closing <> total.opening + total.exact
      union all
      select total.app_id, total.month::text, null, null, 'opening ' || total.currency
      from billing_statement_total total left join billing_statement_total earlier on earlier.app_id = total.app_id
        and earlier.currency = total.currency and earlier.month = (total.month - interval '1 month')::date
      where total.opening <> coalesce(earlier.closing, 0)
      union all
      select null, month::text, null, null, 'a month was left out' from billing_closed_month
      where month <> (select min(month) from billing_closed_month)
        and not exists (select from billing_closed_month earlier
          where earlier.month = (billing_closed_month.month - interval '1 month')::date)`,
  },
];
