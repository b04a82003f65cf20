import { statement } from '../statement.js';

/** What processes look at, every fraction of a second, to know whether accounts or faults have changed. */
export const DIRECTORY_VERSION = statement<{ version: number }>(
  'platform_directory_version',
  'select version from directory',
);

/** Announces a change of accounts or faults; first in its transaction, so that versions become visible in order. */
export const RAISE_DIRECTORY_VERSION = statement<{ version: number }>(
  'platform_raise_directory_version',
  'update directory set version = version + 1 returning version',
);

/** An account with all that belongs to it but its balance. */
export interface AccountRow {
  id: number;
  name: string;
  auth_key_digest: Buffer;
  currency: string;
  default_sender_id: string;
  rate_per_second: number;
  queue_limit: number;
  allowed_addresses: string[];
  certificate_fingerprints: string[];
  callback_url: string | null;
  revoked: boolean;
  routes: { id: number; name: string; countries: number[] }[];
  /** Newest first within a country; valid_from in ms. */
  prices: { id: number; country: number; perSegment: string | null; validFrom: number }[];
  registrations: { country: number; signature: string | null; senderId: string | null; content: string | null }[];
  blacklist: { country: number; msisdn: string }[];
  /** AUTH_KEYs that were replaced: digest in base64, validUntil in ms. */
  former_keys: { digest: string; validUntil: number }[];
}

/** Reads all accounts. */
export const READ_DIRECTORY = statement<AccountRow>(
  'platform_read_directory',
  `select a.id, a.name, a.auth_key_digest, a.currency, a.default_sender_id, a.rate_per_second, a.queue_limit,
     a.allowed_addresses, a.certificate_fingerprints, a.callback_url, a.revoked_at is not null as revoked,
     coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name, 'countries', r.countries))
       from route r where r.account_id = a.id), '[]') as routes,
     coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'country', p.country_code, 'perSegment',
         p.per_segment::text, 'validFrom', floor(extract(epoch from p.valid_from) * 1000))
         order by p.valid_from desc, p.id desc)
       from price p where p.account_id = a.id), '[]') as prices,
     coalesce((select jsonb_agg(jsonb_build_object('country', r.country_code, 'signature', r.signature, 'senderId',
         r.sender_id, 'content', r.content))
       from registration r where r.account_id = a.id), '[]') as registrations,
     coalesce((select jsonb_agg(jsonb_build_object('country', b.country_code, 'msisdn', b.msisdn))
       from blacklist b where b.account_id = a.id), '[]') as blacklist,
     coalesce((select jsonb_agg(jsonb_build_object('digest', encode(k.digest, 'base64'), 'validUntil',
         floor(extract(epoch from k.valid_until) * 1000)))
       from former_auth_key k where k.account_id = a.id), '[]') as former_keys
   from account a order by a.id`,
);

/** The handset rules that outrank the sandbox file's. */
export const READ_FAULTS = statement<{ rules: unknown }>('platform_read_faults', 'select rules from fault');

/** Puts other handset rules in place of those that outrank the sandbox file's. */
export const WRITE_FAULTS = statement<object>('platform_write_faults', 'update fault set rules = $1::jsonb');
