import type { StatementRunner } from '../database.js';
import { statement, textArray } from '../statement.js';

const TELL = statement<object>(
  'tell_certificates',
  `insert into certificate (name, host, not_after)
   select name, $1, not_after from unnest($2::text[], $3::timestamptz[]) as told (name, not_after) order by name
   on conflict (name, host) do update set not_after = excluded.not_after, seen_at = now()`,
);

// Who uses one tells of it every hour: what was not told for two days is not in use any more.
const LIST = statement<CertificateRow>(
  'list_certificates',
  `select name, host, not_after, (extract(epoch from not_after - now()) / 86400)::double precision as days_left
   from certificate where seen_at > now() - interval '2 days' order by not_after nulls first, name, host`,
);

const FORGET = statement<object>(
  'forget_certificates',
  `delete from certificate where seen_at <= now() - interval '2 days'`,
);

/** A certificate in use on a host. */
export interface CertificateRow {
  /** The variable of the environment that names its file. */
  readonly name: string;
  readonly host: string;
  /** Null: its file can not be read. */
  readonly not_after: Date | null;
  readonly days_left: number | null;
}

/** Tells until when the certificates of a host are good. */
export async function tellCertificates(
  runner: StatementRunner,
  host: string,
  certificates: readonly { readonly name: string; readonly notAfter: Date | undefined }[],
): Promise<void> {
  await runner.run(TELL, [
    host,
    textArray(certificates.map(({ name }) => name)),
    textArray(certificates.map(({ notAfter }) => notAfter?.toISOString())),
  ]);
}

/** The certificates in use, those that end first before. */
export function listCertificates(runner: StatementRunner): Promise<CertificateRow[]> {
  return runner.run(LIST, []);
}

/** Forgets those that nobody uses any more. */
export async function forgetCertificates(runner: StatementRunner): Promise<void> {
  await runner.run(FORGET, []);
}
