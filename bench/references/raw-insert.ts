import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';

import { plainArray } from '../../src/database/statement.js';
import { uuidv7 } from '../../src/uuid.js';
import { benchNumber } from '../support/sandbox.js';

const ROWS = 1000;

const INSERT = {
  name: 'raw_insert',
  text: `insert into raw_message
    select * from unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::int[], $5::int[], $6::int[], $7::smallint[], $8::text[])`,
};

/** The table of `rawInsert`: eight columns and a key, no other index, no partitions. */
export async function createRawTable(client: Client): Promise<void> {
  await client.query(`create table raw_message (
    submission_id uuid not null, ordinal integer not null, created_at timestamptz not null, app_id integer not null,
    country_code integer not null, price_id integer not null, segments smallint not null, msisdn text not null,
    primary key (submission_id, ordinal))`);
}

/**
 * What storing messages costs when nothing else is done: `insert … select from unnest` of 1000 rows, each statement a
 * commit, one after the other on one connection. No HTTP, no JSON, no checks, no money.
 */
export async function rawInsert(client: Client, rows: number): Promise<void> {
  for (let inserted = 0; inserted < rows; inserted += ROWS) {
    const id = uuidv7(Date.now(), randomBytes(10));
    const createdAt = new Date().toISOString();
    const column = (value: (index: number) => string | number) =>
      plainArray(Array.from({ length: ROWS }, (_, i) => value(i)));
    const values = [
      column(() => id),
      column((index) => index + 1),
      column(() => `"${createdAt}"`),
      column(() => 1),
      column(() => 852),
      column(() => 1),
      column(() => 1),
      column((index) => benchNumber(inserted + index).slice(4)),
    ];
    await client.query({ ...INSERT, values });
  }
}
