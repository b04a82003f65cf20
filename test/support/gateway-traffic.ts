import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';

import type { Clock } from '../../src/clock/clock.js';
import { Secrets } from '../../src/config/secrets.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { accept } from '../../src/database/statements/accept.js';
import { findMoneyDrift } from '../../src/database/statements/aggregate-recount.js';
import { settle } from '../../src/database/statements/settle.js';
import { AttemptOutcome, type EndedAttempt, type Verdict } from '../../src/database/statements/settlement.js';
import { statement } from '../../src/database/statement.js';
import { Route } from '../../src/messaging/route.entity.js';
import { Routes } from '../../src/messaging/routes.js';
import { messageId, newSubmissionId } from '../../src/messaging/domain/message-id.js';
import type { NewReport } from '../../src/reporting/domain/incoming-report.js';
import { uuidv7 } from '../../src/uuid.js';
import { createTestDatabase, type TestDatabase } from './databases.js';

/** Business time that stands until a test moves it. */
export class TestClock implements Clock {
  constructor(public time = Date.now()) {}

  now(): number {
    return this.time;
  }
}

/** A packet of one submission. */
export interface Sent {
  readonly submissionId: string;
  readonly attemptId: string;
  /** National numbers, all of Hong Kong; the ordinal is the index plus one. */
  readonly numbers: readonly string[];
}

/** What a test looks at of a message. */
export interface MessageRow {
  status: number;
  acceptances: number;
  sms_state: number | null;
  sms_uid: string | null;
  status_at: Date | null;
  reason: number | null;
}

export interface SubmitOptions {
  readonly segments?: number;
  readonly appId?: number;
  readonly createdAt?: number;
  readonly dueAt?: number;
  readonly metadata?: object;
}

const COUNTRY = 852;
/** HKD per segment to Hong Kong. */
export const PRICE = '0.35';

const sql = (text: string) =>
  statement<Record<string, never>>(`test_${text.length}_${randomBytes(4).toString('hex')}`, text);

/**
 * Messages on their way, for tests of what comes after sending: stored by the statements that the gateway itself stores
 * them by, without anything being sent.
 */
export class GatewayTraffic {
  readonly secrets = new Secrets(Buffer.alloc(32, 7));
  private source: DataSource | undefined;

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly database: Database,
    readonly clock: TestClock,
    readonly appId: number,
    readonly priceId: number,
  ) {}

  /** A database of its own, with one app, one route and one price. */
  static async create(): Promise<GatewayTraffic> {
    const testDatabase = await createTestDatabase('gateway');
    const database = new Database({ url: testDatabase.url, connections: 4, name: 'test' });
    const [app] = await database.run(
      statement<{ id: number }>('test_app', `insert into app (name) values ('one') returning id`),
      [],
    );
    await database.run(
      sql(`insert into route (name, position, currency, segments_per_second) values ('R1', 1, 'HKD', 100)`),
      [],
    );
    const [price] = await database.run(
      statement<{ id: number }>(
        'test_price',
        `insert into price (country_code, currency, per_segment, version, valid_from, author)
         values (${COUNTRY}, 'HKD', ${PRICE}, 1, now() - interval '1 day', 'test') returning id`,
      ),
      [],
    );
    return new GatewayTraffic(testDatabase, database, new TestClock(), app?.id ?? 0, price?.id ?? 0);
  }

  /** The routes, as a role reads them. */
  async routes(): Promise<Routes> {
    this.source ??= await createDataSource('gateway', this.url).initialize();
    return new Routes(this.source.getRepository(Route));
  }

  /** The same, by another way to the database. */
  on(database: Database): GatewayTraffic {
    return new GatewayTraffic(this.testDatabase, database, this.clock, this.appId, this.priceId);
  }

  async drop(): Promise<void> {
    await this.source?.destroy();
    await this.database.close();
    await this.testDatabase.drop();
  }

  get url(): string {
    return this.testDatabase.url;
  }

  /** Rows of any query. */
  async rows<Row extends object = Record<string, unknown>>(text: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.database.run(statement<Row>(`test_${randomBytes(6).toString('hex')}`, text), parameters);
  }

  /** A submission in one packet, accepted and not claimed. */
  async submit(numbers: readonly string[], options: SubmitOptions = {}): Promise<string> {
    const { segments = 1, appId = this.appId, createdAt = this.clock.now(), dueAt = createdAt } = options;
    const id = newSubmissionId(Date.now(), randomBytes(6));
    await accept(this.database, [
      {
        id,
        appId,
        routeId: 1,
        lane: 0,
        createdAt,
        dueAt,
        validUntil: createdAt + 86_400_000,
        segments,
        encoding: 0,
        sender: 'Sender',
        text: 'text',
        signature: null,
        signatureType: null,
        resendOnDoubt: false,
        warnings: null,
        metadata: options.metadata === undefined ? null : JSON.stringify(options.metadata),
        currency: 'HKD',
        cost: ((numbers.length * segments * 35) / 100).toFixed(2),
        idempotency: undefined,
        countryCodes: numbers.map(() => COUNTRY),
        msisdns: numbers,
        numberHashes: numbers.map((number) => this.secrets.hashNumber(`${COUNTRY}${number}`)),
        priceIds: numbers.map(() => this.priceId),
        packets: [numbers.map((_, index) => index + 1)],
        holds: [
          {
            id: uuidv7(Date.now(), randomBytes(10)),
            priceId: this.priceId,
            quantity: segments * numbers.length,
            amount: ((numbers.length * segments * 35) / 100).toFixed(2),
          },
        ],
      },
    ]);
    return id;
  }

  /** Hands a submission's packet to a worker. */
  async claim(submissionId: string, numbers: readonly string[]): Promise<Sent> {
    const attemptId = uuidv7(Date.now(), randomBytes(10));
    await this.rows(
      `update packet set attempt_id = $2, worker_id = gen_random_uuid(), claimed_at = $3, deadline = now() + interval '1 minute'
       where submission_id = $1`,
      [submissionId, attemptId, new Date(this.clock.now())],
    );
    return { submissionId, attemptId, numbers };
  }

  /** A submission that a worker is sending. */
  async send(numbers: readonly string[], options: SubmitOptions = {}): Promise<Sent> {
    return this.claim(await this.submit(numbers, options), numbers);
  }

  /** Ends an attempt, with one verdict a number. */
  async answer(
    sent: Sent,
    verdicts: readonly Verdict[],
    outcome: keyof typeof AttemptOutcome = 'answered',
  ): Promise<void> {
    const [packet] = await this.rows<{ id: number; valid_until: Date; segments: number; tries: number }>(
      'select id, valid_until, segments, tries from packet where attempt_id = $1',
      [sent.attemptId],
    );
    const ended = {
      packetId: packet?.id ?? 0,
      attemptId: sent.attemptId,
      submissionId: sent.submissionId,
      appId: this.appId,
      routeId: 1,
      lane: 0,
      tries: packet?.tries ?? 0,
      segments: packet?.segments ?? 1,
      validUntil: packet?.valid_until.getTime() ?? this.clock.now(),
      ownText: null,
      resent: false,
      members: sent.numbers.map((_, index) => index + 1),
      outcome,
      resultCode: outcome === 'answered' ? 1 : null,
      detail: null,
      verdicts,
      retries: [],
    } satisfies EndedAttempt & { resent: boolean };
    await settle(this.database, {
      attempts: [ended],
      now: this.clock.now(),
      ledgerId: uuidv7(Date.now(), randomBytes(10)),
      pauses: [],
      heardOf: [],
    });
  }

  /** An entry of a report for one number of what was sent. */
  report(sent: Sent, smsUid: string, smsState: number, overrides: Partial<NewReport> = {}): NewReport {
    return {
      receivedAt: this.clock.now(),
      reportedAt: undefined,
      attemptId: sent.attemptId,
      foreignBody: false,
      countryCode: COUNTRY,
      msisdn: sent.numbers[0] ?? '',
      smsState,
      smsUid,
      description: undefined,
      raw: '{"a":"b\\\\"}',
      ...overrides,
    };
  }

  async message(sent: Pick<Sent, 'submissionId'>, ordinal = 1): Promise<MessageRow | undefined> {
    const [row] = await this.rows<MessageRow>(
      `select status, acceptances, sms_state, sms_uid, status_at, reason from message
       where submission_id = $1 and ordinal = $2`,
      [sent.submissionId, ordinal],
    );
    return row;
  }

  messageId(sent: Pick<Sent, 'submissionId'>, ordinal = 1): string {
    return messageId(sent.submissionId, ordinal);
  }

  /** What each account of the ledger holds, from its entries; the balances must say the same. */
  async accounts(): Promise<Record<string, number>> {
    const rows = await this.rows<{ account: string; amount: string }>(
      `select account, sum(amount)::text as amount from (
         select to_account as account, amount from ledger_entry
         union all select from_account, -amount from ledger_entry) moved group by account`,
    );
    const [drift] = await this.rows<{ count: number }>(
      `select count(*)::int as count from (select app_id, currency, kind, sum(amount) as amount from ledger_entry group by 1, 2, 3) entry
       full join balance using (app_id, currency, kind) where entry.amount is distinct from balance.amount`,
    );
    if (drift?.count !== 0) throw new Error('the balances do not equal the sums of the entries');
    if ((await findMoneyDrift(this.database)).length > 0)
      throw new Error('the cost of the messages does not equal what the ledger has spent');
    return Object.fromEntries(rows.map(({ account, amount }) => [account, Number(amount)]));
  }
}
