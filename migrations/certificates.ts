/** The certificates in use, the same in both halves; times are the database's. */
export const CERTIFICATES_UP: readonly string[] = [
  // name: the variable of the environment. not_after: the earliest end of what the file holds; null: it can't be read.
  `create table certificate (
     name text not null,
     host text not null,
     not_after timestamptz,
     seen_at timestamptz not null default now(),
     primary key (name, host))`,
];

/** The way back. */
export const CERTIFICATES_DOWN: readonly string[] = ['drop table certificate'];
