import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { Pool as Connections, type QueryResult } from 'pg';
import { Pool } from 'undici';

import { plainArray } from '../../src/database/statement.js';
import { uuidv7 } from '../../src/uuid.js';
import { serve } from '../support/program.js';
import { benchNumber } from '../support/sandbox.js';
import type { TlsPaths } from '../support/tls.js';

const PACKET = 200;
const SUBMISSION = 10_000;
const CONNECTIONS = 16;
const UNDER_WAY = 32;

const INSERT = `with messages as (
    insert into raw_message (submission_id, ordinal, msisdn) select $1, ordinal, msisdn
    from unnest($2::text[]) with ordinality as m(msisdn, ordinal))
  insert into raw_packet (submission_id, first_ordinal, msisdns)
  select $1, first_ordinal, msisdns::text[] from unnest($3::int[], $4::text[]) as p(first_ordinal, msisdns)`;
const CLAIM = `update raw_packet set attempt_id = gen_random_uuid()
  where id in (select id from raw_packet where attempt_id is null order by id limit $1 for update skip locked)
  returning id, submission_id, first_ordinal, msisdns, attempt_id`;
const STORE = `with gone as (delete from raw_packet using unnest($1::bigint[]) as ended(id) where raw_packet.id = ended.id)
  update raw_message set status = 2, uid = answered.uid
  from unnest($2::uuid[], $3::int[], $4::text[]) as answered(submission_id, ordinal, uid)
  where raw_message.submission_id = answered.submission_id and raw_message.ordinal = answered.ordinal`;

interface ClaimedPacket {
  readonly id: string;
  readonly submission_id: string;
  readonly first_ordinal: number;
  readonly msisdns: readonly string[];
  readonly attempt_id: string;
}

interface AnsweredPacket {
  readonly packet: ClaimedPacket;
  readonly uids: readonly string[];
}

/**
 * The main job by bare statements, in one process: store messages and packets, claim packets, send them over mutual TLS, store
 * the UIDs of the ANSWER. Everything that makes a gateway of it is left out: no API, keys, checks or idempotency, no price,
 * hold or ledger, no flows, lanes or rates, no intent with a deadline, no attempts, no doubt, no retry, no partitions. What
 * the product is slower by is the price of those.
 */
class RawPipeline {
  private readonly answered: AnsweredPacket[] = [];
  private underWay = 0;
  private stored = 0;
  private changes = 0;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly database: Connections,
    private readonly platform: Pool,
    private readonly path: string,
  ) {}

  /** Takes so many messages from nothing to an ANSWER stored. */
  async run(messages: number): Promise<void> {
    await Promise.all([this.insert(messages), this.send(messages), this.store(messages)]);
  }

  private async insert(messages: number): Promise<void> {
    for (let first = 0; first < messages; first += SUBMISSION) {
      const msisdns = Array.from({ length: SUBMISSION }, (_, index) => benchNumber(2 * (first + index)).slice(4));
      const starts = Array.from({ length: SUBMISSION / PACKET }, (_, index) => index * PACKET);
      await this.query('raw_insert', INSERT, [
        uuidv7(Date.now(), randomBytes(10)),
        plainArray(msisdns),
        plainArray(starts.map((start) => start + 1)),
        plainArray(starts.map((start) => `"${plainArray(msisdns.slice(start, start + PACKET))}"`)),
      ]);
      this.wake();
    }
  }

  private async send(messages: number): Promise<void> {
    while (this.stored < messages) {
      const seen = this.changes;
      const free = UNDER_WAY - this.underWay;
      const { rows } = free === 0 ? { rows: [] } : await this.query<ClaimedPacket>('raw_claim', CLAIM, [free]);
      this.underWay += rows.length;
      for (const packet of rows) void this.sendPacket(packet);
      if (rows.length === 0 && this.stored < messages) await this.change(seen);
    }
  }

  private async sendPacket(packet: ClaimedPacket): Promise<void> {
    const numbers = packet.msisdns.map((msisdn) => `{"COUNTRY_CODE":852,"DEST_MSISDN":"${msisdn}"}`);
    const body =
      `{"METHOD":"SMS_SEND_REQUEST","TYPE":"REQUEST","SERIAL":1,"AUTH_KEY":"bench","SMS_CONTENT":"Hello",` +
      `"ROUTE_ID":"Bench","VERSION":"2021-01-01","CUSTOMER_BODY":{"a":"${packet.attempt_id}"},"MULTI_MSISDN_LIST":[${numbers.join(',')}]}`;
    const response = await this.platform.request({ path: this.path, method: 'POST', body });
    const answer = (await response.body.json()) as { DETAIL_LIST: readonly { SMS_UID: string }[] };
    this.answered.push({ packet, uids: answer.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID) });
    this.wake();
  }

  private async store(messages: number): Promise<void> {
    while (this.stored < messages) {
      const seen = this.changes;
      const batch = this.answered.splice(0, 20);
      if (batch.length === 0) {
        await this.change(seen);
        continue;
      }
      const rows = batch.flatMap(({ packet, uids }) =>
        uids.map((uid, index) => ({ submission: packet.submission_id, ordinal: packet.first_ordinal + index, uid })),
      );
      await this.query('raw_store', STORE, [
        plainArray(batch.map(({ packet }) => packet.id)),
        plainArray(rows.map(({ submission }) => submission)),
        plainArray(rows.map(({ ordinal }) => ordinal)),
        plainArray(rows.map(({ uid }) => uid)),
      ]);
      this.stored += rows.length;
      this.underWay -= batch.length;
      this.wake();
    }
  }

  /** Something has been inserted, answered or stored. */
  private wake(): void {
    this.changes += 1;
    for (const resume of this.waiting.splice(0)) resume();
  }

  /** Resolves when there has been a change since the count of changes was `seen`. */
  private change(seen: number): Promise<void> {
    return seen === this.changes ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve();
  }

  private query<Row extends object>(name: string, text: string, values: unknown[]): Promise<QueryResult<Row>> {
    return this.database.query<Row>({ name, text, values });
  }
}

const TABLES = [
  `create table raw_message (submission_id uuid not null, ordinal bigint not null, msisdn text not null,
     status smallint not null default 0, uid text, primary key (submission_id, ordinal)) with (fillfactor = 60)`,
  `create table raw_packet (id bigint generated always as identity primary key, submission_id uuid not null,
     first_ordinal integer not null, msisdns text[] not null, attempt_id uuid)`,
];

let pipeline: (() => Promise<RawPipeline>) | undefined;

const commands = {
  /** Makes the tables and the connections. */
  async prepare({ databaseUrl, uipUrl, tls }: { databaseUrl: string; uipUrl: string; tls: TlsPaths }): Promise<void> {
    const options = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';
    const database = new Connections({ connectionString: databaseUrl, max: 4, options });
    for (const table of TABLES) await database.query(table);
    const { origin, pathname } = new URL(uipUrl);
    const read = (file: string): Buffer => fs.readFileSync(file);
    const connect = { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) };
    const platform = new Pool(origin, { connections: CONNECTIONS, connect });
    pipeline = async () => new RawPipeline(database, platform, pathname);
  },

  /** @returns seconds */
  async run({ messages }: { messages: number }): Promise<number> {
    const run = await pipeline?.();
    const startedAt = performance.now();
    await run?.run(messages);
    return (performance.now() - startedAt) / 1000;
  },
};

export type RawPipelineCommands = typeof commands;

serve(commands);
