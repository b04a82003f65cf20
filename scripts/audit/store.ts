import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import type { Client } from 'pg';

import {
  checkStatementHeader,
  type KeptEntry,
  type KeptSubmission,
  parseAccepted,
  parseAnswer,
  parseStatementRow,
  type StatementRow,
} from './evidence.js';

/** A piece of evidence that could not be read, by where it stands. */
export interface Unreadable {
  readonly where: string;
  readonly why: string;
}

/** Rows in one insert. */
const BATCH = 2000;

/** The audit's own tables: of this session alone, gone with it. */
const TABLES = [
  `create temp table audit_horizon (id uuid not null, at timestamptz not null, complete boolean not null)`,
  `create temp table audit_difference (submission_id uuid not null, price_id integer not null, held_entries numeric not null,
     open_entries numeric not null, spent_entries numeric not null, held_messages numeric not null,
     open_messages numeric not null, spent_messages numeric not null)`,
  `create temp table audit_kept_submission (id uuid primary key, line text not null, cost numeric not null,
     currency text not null, messages integer not null)`,
  `create temp table audit_kept_message (submission_id uuid not null, ordinal integer not null, digits text not null,
     segments integer not null, price numeric not null, cost numeric not null, currency text not null,
     primary key (submission_id, ordinal))`,
  `create temp table audit_kept_answer (uid text not null, line text not null, digits text not null,
     result_code bigint not null)`,
  `create temp table audit_statement (uid text not null, line text not null, accepted_at timestamptz not null,
     country_code integer not null, msisdn text not null, segments integer not null, unit_price numeric not null,
     amount numeric not null, currency text not null, state bigint)`,
];

/** Takes what others have kept into tables of the session, a stretch at a time: its size does not matter. */
export class EvidenceStore {
  readonly unreadable: Unreadable[] = [];

  constructor(private readonly client: Client) {}

  /** Makes the tables. */
  async prepare(): Promise<void> {
    for (const table of TABLES) await this.client.query(table);
  }

  /** Lets the planner know what is there. */
  async finish(): Promise<void> {
    for (const table of ['kept_submission', 'kept_message', 'kept_answer', 'statement'])
      await this.client.query(`analyze audit_${table}`);
  }

  /** 202 bodies: a file of one (.json), a file with one a line, or a directory of such files. */
  async readAccepted(place: string): Promise<void> {
    await this.read(place, parseAccepted, (rows) => this.addAccepted(rows));
  }

  /** ANSWERs, likewise. */
  async readAnswers(place: string): Promise<void> {
    await this.read(place, parseAnswer, (rows) => this.addAnswers(rows));
  }

  /** A month's statement of the platform, as CSV. */
  async readStatement(file: string): Promise<void> {
    let isFirst = true;
    const parse = (line: string): StatementRow | undefined => {
      if (!isFirst) return parseStatementRow(line);
      isFirst = false;
      checkStatementHeader(line);
      return undefined;
    };
    await this.batches(linesOf(file), file, parse, (rows) => this.addStatement(rows));
  }

  /** Bodies that a caller holds itself. */
  async addAcceptedTexts(texts: readonly string[]): Promise<void> {
    await this.batches(texts, 'body', parseAccepted, (rows) => this.addAccepted(rows));
  }

  /** ANSWERs that a caller holds itself. */
  async addAnswerTexts(texts: readonly string[]): Promise<void> {
    await this.batches(texts, 'answer', parseAnswer, (rows) => this.addAnswers(rows));
  }

  /** Rows of a statement that a caller holds itself. */
  async addStatement(rows: readonly Located<StatementRow>[]): Promise<void> {
    await this.insert(
      `insert into audit_statement select * from json_to_recordset($1::json) as r(uid text, line text,
         accepted_at timestamptz, country_code integer, msisdn text, segments integer, unit_price numeric, amount numeric,
         currency text, state bigint)`,
      rows.map(({ where, value: { acceptedAt, countryCode, unitPrice, ...row } }) => ({
        ...row,
        line: where,
        accepted_at: acceptedAt,
        country_code: countryCode,
        unit_price: unitPrice,
      })),
    );
  }

  private async addAccepted(rows: readonly Located<KeptSubmission>[]): Promise<void> {
    // The same body may have been kept twice: a repetition is answered with the same bytes.
    await this.insert(
      `insert into audit_kept_submission select * from json_to_recordset($1::json)
         as r(id uuid, line text, cost numeric, currency text, messages integer) on conflict do nothing`,
      rows.map(({ where, value }) => ({ ...value, line: where, messages: value.messages.length })),
    );
    await this.insert(
      `insert into audit_kept_message select * from json_to_recordset($1::json) as r(submission_id uuid, ordinal integer,
         digits text, segments integer, price numeric, cost numeric, currency text) on conflict do nothing`,
      rows.flatMap(({ value }) =>
        value.messages.map(({ submissionId, ...message }) => ({ ...message, submission_id: submissionId })),
      ),
    );
  }

  private async addAnswers(rows: readonly Located<readonly KeptEntry[]>[]): Promise<void> {
    await this.insert(
      `insert into audit_kept_answer select * from json_to_recordset($1::json)
         as r(uid text, line text, digits text, result_code bigint)`,
      rows.flatMap(({ where, value }) =>
        value.map(({ resultCode, ...entry }) => ({ ...entry, line: where, result_code: resultCode })),
      ),
    );
  }

  private async read<Value>(
    place: string,
    parse: (text: string) => Value | undefined,
    add: (rows: readonly Located<Value>[]) => Promise<void>,
  ): Promise<void> {
    for (const file of filesOf(place)) {
      const texts = file.endsWith('.json') ? [fs.readFileSync(file, 'utf8')] : linesOf(file);
      await this.batches(texts, file, parse, add);
    }
  }

  private async batches<Value>(
    texts: AsyncIterable<string> | readonly string[],
    place: string,
    parse: (text: string) => Value | undefined,
    add: (rows: readonly Located<Value>[]) => Promise<void>,
  ): Promise<void> {
    let batch: Located<Value>[] = [];
    let line = 0;
    for await (const text of texts) {
      line += 1;
      if (text.trim() === '') continue;
      const where = `${path.basename(place)}:${line}`;
      try {
        const value = parse(text);
        if (value !== undefined) batch.push({ where, value });
      } catch (error) {
        this.unreadable.push({ where, why: error instanceof Error ? error.message : String(error) });
      }
      if (batch.length < BATCH) continue;
      await add(batch);
      batch = [];
    }
    await add(batch);
  }

  private async insert(sql: string, rows: readonly object[]): Promise<void> {
    for (let first = 0; first < rows.length; first += BATCH)
      await this.client.query(sql, [JSON.stringify(rows.slice(first, first + BATCH))]);
  }
}

/** Something that was read, and where it stood. */
export interface Located<Value> {
  readonly where: string;
  readonly value: Value;
}

function filesOf(place: string): string[] {
  if (!fs.statSync(place).isDirectory()) return [place];
  return fs
    .readdirSync(place)
    .filter((name) => /\.(json|ndjson)$/.test(name))
    .toSorted()
    .map((name) => path.join(place, name));
}

function linesOf(file: string): AsyncIterable<string> {
  return readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity });
}
