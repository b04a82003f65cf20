import { statement } from '../statement.js';

/** Creates an account with its balance; the bucket of its rate is full. No row: the name is taken. */
export const CREATE_ACCOUNT = statement<{ id: number }>(
  'platform_create_account',
  `with created as (
     insert into account (name, auth_key_digest, currency, default_sender_id, rate_per_second, queue_limit,
       allowed_addresses, certificate_fingerprints, callback_url)
     values ($1, $2, $3, $4, $5::integer, $6::bigint, $7::text[], $8::text[], $9)
     on conflict (name) do nothing returning id),
   opened as (
     insert into balance (account_id, amount, tokens) select id, $10::numeric, $5::integer from created),
   booked as (
     insert into ledger_entry (id, at, account_id, kind, currency, amount, note)
     select $11::uuid, $12::timestamptz, id, 'top_up', $3, $10::numeric, 'opening balance' from created
     where $10::numeric > 0)
   select id from created`,
);

/** Adds an amount, which may be negative, to a balance, with its line in the ledger. No row: the balance would leave its bounds. */
export const CHANGE_BALANCE = statement<{ amount: string }>(
  'platform_change_balance',
  `with changed as (
     update balance set amount = amount + $2::numeric, version = version + 1
     where account_id = $1::integer and amount + $2::numeric >= 0 and amount + $2::numeric < 1e12
     returning amount),
   booked as (
     insert into ledger_entry (id, at, account_id, kind, currency, amount, note)
     select $3::uuid, $4::timestamptz, $1::integer, $5, $6, $2::numeric, $7 from changed)
   select amount from changed`,
);

/** Adds products to an account. */
export const ADD_ROUTES = statement<object>(
  'platform_add_routes',
  `insert into route (account_id, name, countries)
   select $1::integer, r.name, r.countries::integer[] from unnest($2::text[], $3::text[]) as r(name, countries)`,
);

/** Adds price versions to an account; a null price ends the pricing of its country. */
export const ADD_PRICES = statement<object>(
  'platform_add_prices',
  `insert into price (account_id, country_code, per_segment, valid_from)
   select $1::integer, p.country_code, p.per_segment, $4::timestamptz
   from unnest($2::integer[], $3::numeric[]) as p(country_code, per_segment)`,
);

/** Adds registrations to an account. */
export const ADD_REGISTRATIONS = statement<object>(
  'platform_add_registrations',
  `insert into registration (account_id, country_code, signature, sender_id, content)
   select $1::integer, r.* from unnest($2::integer[], $3::text[], $4::text[], $5::text[])
     as r(country_code, signature, sender_id, content)`,
);

/** Adds numbers to an account's blacklist. */
export const ADD_TO_BLACKLIST = statement<object>(
  'platform_add_to_blacklist',
  `insert into blacklist (account_id, country_code, msisdn)
   select $1::integer, b.* from unnest($2::integer[], $3::text[]) as b(country_code, msisdn)
   on conflict do nothing`,
);

/** Balances of accounts. */
export const READ_BALANCES = statement<{ account_id: number; amount: string }>(
  'platform_read_balances',
  `select b.account_id, b.amount from unnest($1::integer[]) as a(id) join balance b on b.account_id = any (array[a.id])`,
);

/** Whether an account has a line in the ledger. */
export const HAS_LEDGER = statement<{ found: boolean }>(
  'platform_has_ledger',
  'select exists (select from ledger_entry where account_id = $1::integer) as found',
);

/** An account's balance, by its name. */
export const READ_BALANCE = statement<{ amount: string; currency: string }>(
  'platform_read_balance',
  'select b.amount, a.currency from account a join balance b on b.account_id = a.id where a.name = $1',
);
