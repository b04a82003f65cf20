import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'pg';

import { JsonClient } from '../../scripts/sandbox/json-client.js';
import {
  createDataDirectory,
  type Launched,
  launchProgram,
  type Program,
  removeDataDirectory,
  startProgram,
} from '../../scripts/sandbox/program.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { HostilePlatform } from '../support/hostile-platform.js';
import { SeededRandom } from '../support/seeded-random.js';
import { readTls } from '../support/uip-caller.js';

/** What a run is like. */
export interface RunOptions {
  readonly seed: number;
  /** SMS, about. */
  readonly size: number;
  /** Path of the built `src/main.js` of whatever is to be tried. */
  readonly main: string;
  /** Kills and stalls of workers. */
  readonly mishaps: number;
  /** Milliseconds for what is left to end, after the last order and the last mishap. Default: ample. */
  readonly patience?: number;
}

interface Order {
  readonly key: string;
  readonly to: readonly string[];
  readonly resend: boolean;
}

/** One message as the gateway has it at the end. */
interface Outcome {
  number: string;
  status: number;
  acceptances: number;
}

const PRICE = 0.35;
const ANSWER_TIMEOUT = 1_000;
/** From the claim to the doubt: the sender's grace and the time for the ANSWER. */
const WINDOW = 5_000 + ANSWER_TIMEOUT;
const DELIVERED = 3;
const IN_DOUBT = 1;
/** What a later attempt may still change. */
const OPEN = [0, IN_DOUBT];

/**
 * Sends through a hostile platform, with two workers that are killed and stalled, and holds what the gateway says at the end
 * against the platform's own record.
 */
export class HostileRun {
  readonly faults: string[] = [];
  private readonly random: SeededRandom;
  private readonly orders: Order[];
  private readonly workers: Launched[] = [];
  private directory = '';
  private database: TestDatabase | undefined;
  private pool: Pool | undefined;
  private program: Program | undefined;
  private client: JsonClient | undefined;
  private platform: HostilePlatform | undefined;
  private mishaps = 0;
  private isOver = false;
  private hasEnded = false;
  private troubling: Promise<void> | undefined;

  constructor(private readonly options: RunOptions) {
    this.random = new SeededRandom(options.seed);
    this.orders = this.makeOrders(options.size);
  }

  /** Runs to the end. @returns what was found wrong: nothing, if all is well */
  async run(): Promise<string[]> {
    await this.start();
    const posting = this.post();
    this.troubling = this.trouble();
    await Promise.all([posting, this.troubling]);
    await this.untilQuiet();
    const outcomes = await this.outcomes();
    this.judgeNumbers();
    await this.judgeDoubts();
    this.judgeDelivery(outcomes);
    await this.judgeMoney();
    await this.judgeOrders();
    return [...new Set([...this.faults, ...(this.platform?.faults ?? [])])];
  }

  /** Runs until a fault of this kind shows, or to the end. @returns all that was found wrong until then */
  async firstFault(kind: RegExp): Promise<string[]> {
    const whole = this.run().catch((error: unknown) => [String(error)]);
    void whole.finally(() => (this.hasEnded = true));
    while (!this.hasEnded) {
      this.judgeNumbers();
      const found = [...this.faults, ...(this.platform?.faults ?? [])];
      if (found.some((fault) => kind.test(fault))) return [...new Set(found)];
      await delay(100);
    }
    return whole;
  }

  /** Ends whatever runs. */
  async cleanUp(): Promise<void> {
    this.isOver = true;
    await this.troubling;
    for (const worker of this.workers) {
      worker.process.kill('SIGCONT');
      await worker.kill();
    }
    await this.platform?.stop();
    await this.client?.close();
    await this.program?.stop();
    await this.pool?.end();
    await this.database?.drop();
    if (this.directory !== '') removeDataDirectory(this.directory);
  }

  /** What there was to do, for whoever looks at a run. */
  get summary(): string {
    const { packets = 0, taken = [] } = this.platform ?? {};
    return `seed ${this.options.seed}: ${packets} packets, ${taken.length} SMS taken, ${this.mishaps} mishaps`;
  }

  private async start(): Promise<void> {
    this.directory = createDataDirectory('cloudsms-test-program-');
    this.database = await createTestDatabase('gateway');
    this.pool = new Pool({ connectionString: this.database.url, max: 4 });
    const sandbox = path.join(this.directory, 'sandbox.json');
    fs.writeFileSync(sandbox, JSON.stringify(sandboxFile(this.options.size)));
    const env = {
      DATABASE_URL: this.database.url,
      SANDBOX_FILE: sandbox,
      UIP_ANSWER_TIMEOUT: `${ANSWER_TIMEOUT}ms`,
      UIP_CONNECTIONS: '4',
      LOG_LEVEL: 'warn',
    };
    const { main } = this.options;
    this.program = await startProgram({ main, dataDir: this.directory, env: { ...env, ROLES: 'api,callback' } });
    const { local } = this.program;
    this.client = new JsonClient(local.apiUrl, local.apiKey);
    const callback = { url: local.callbackUrl, tls: readTls(local.tls) };
    this.platform = new HostilePlatform(this.options.seed, callback, this, WINDOW);
    const url = await this.platform.start();
    const worker = { ...env, ROLES: 'worker', UIP_URL: url, UIP_AUTH_KEY: 'A'.repeat(88) };
    this.launch = () => launchProgram({ main, dataDir: this.directory, env: worker });
    this.workers.push(this.launch(), this.launch());
  }

  private launch: () => Launched = () => {
    throw new Error('the run has not started');
  };

  /** For the platform, as a packet arrives. */
  async attemptIsCommitted(attemptId: string): Promise<boolean> {
    const rows = await this.query(
      'select 1 from packet where attempt_id = $1 union all select 1 from attempt where id = $1',
      [attemptId],
    );
    return rows.length > 0;
  }

  /** For the platform, as a report is answered. */
  async reportIsStored(uid: string): Promise<boolean> {
    return (await this.query('select 1 from report where sms_uid = $1', [uid])).length > 0;
  }

  private async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    if (this.pool === undefined) return [];
    return (await this.pool.query<Row>(text, values)).rows;
  }

  private makeOrders(size: number): Order[] {
    const orders: Order[] = [];
    for (let made = 0; made < size;) {
      const count = this.random.next() < 0.7 ? 1 : 2 + this.random.below(20);
      const first = 1_000_000 + made;
      const to = Array.from({ length: count }, (_, index) => `+8526${String(first + index)}`);
      made += count;
      // Now and then a number twice: two SMS, in two packets.
      if (this.random.next() < 0.1) to.push(to[0]);
      orders.push({ key: randomUUID(), to, resend: count === 1 && this.random.next() < 0.3 });
    }
    return orders;
  }

  /** Posts every order, some of them twice at once. */
  private async post(): Promise<void> {
    for (const order of this.orders) {
      if (this.isOver) return;
      const posts = [this.postOne(order), ...(this.random.next() < 0.2 ? [this.postOne(order)] : [])];
      const bodies = new Set(await Promise.all(posts));
      if (bodies.size > 1) this.faults.push('one Idempotency-Key was answered in two ways');
      await delay(this.random.below(15));
    }
  }

  private async postOne({ key, to, resend }: Order): Promise<string> {
    return eventually(async () => {
      const answer = await this.client?.call('POST', '/v1/messages', {
        json: { to, text: 'Hello', ...(resend ? { onDoubt: 'resend' } : {}) },
        headers: { 'idempotency-key': key },
      });
      if (answer?.status !== 202) throw new Error(`${answer?.status}: ${answer?.text}`);
      const { id } = answer.body as { id: string };
      const stored = await this.query('select 1 from submission where id = $1', [id]);
      if (stored.length === 0) this.faults.push('a submission was answered before it was stored');
      return answer.text;
    });
  }

  /** Kills workers, or stops them for longer than they may take. */
  private async trouble(): Promise<void> {
    for (; !this.isOver && this.mishaps < this.options.mishaps; this.mishaps += 1) {
      await this.untilBusy(700 + this.random.below(900));
      const index = this.mishaps % this.workers.length;
      const worker = this.workers[index];
      if (this.random.next() < 0.5) {
        await worker.kill();
        this.workers[index] = this.launch();
      } else {
        worker.process.kill('SIGSTOP');
        await delay(WINDOW + 1_500);
        worker.process.kill('SIGCONT');
      }
    }
  }

  /** After some time, waits for a moment at which packets are taken and not answered, if it comes soon. */
  private async untilBusy(atLeast: number): Promise<void> {
    await delay(atLeast);
    const giveUp = performance.now() + 5_000;
    while ((this.platform?.open ?? 0) < 2 && performance.now() < giveUp && !this.isOver) await delay(5);
  }

  /** Moves the clock past every "later" until nothing waits any more. */
  private async untilQuiet(): Promise<void> {
    let quiet = 0;
    await eventually(
      async () => {
        await this.client?.expect(200, 'POST', '/v1/sandbox/clock/advance', { json: { by: '11m' } });
        await delay(250);
        const [left] = await this.query<{ packets: number; reports: number; submitted: number }>(
          `select (select count(*) from packet)::int as packets,
             (select count(*) from report_queue where due_at < now() + interval '1 second')::int as reports,
             (select count(*) from message where status = 2)::int as submitted`,
        );
        if (left?.packets === 0) await this.remind();
        const isQuiet =
          left?.packets === 0 && left.reports === 0 && left.submitted === 0 && this.platform?.waitingReports === 0;
        quiet = isQuiet ? quiet + 1 : 0;
        // A late ANSWER may be on its way.
        if (quiet < 8) throw new Error(`still waiting: ${JSON.stringify(left)} ${this.platform?.waitingReports}`);
      },
      { timeout: this.options.patience ?? 45_000 + this.options.size * 10, interval: 50 },
    ).catch((error: unknown) => this.faults.push(`it never ended: ${String(error)}`));
  }

  /** A worker that is killed before it stores an ANSWER never learns the UIDs: only the attempt tells then. */
  private async remind(): Promise<void> {
    const bare = this.platform?.bareUids ?? [];
    const known = await this.query<{ uid: string }>('select uid from sms_uid where uid = any($1)', [bare]);
    const learned = new Set(known.map(({ uid }) => uid));
    this.platform?.remind(bare.filter((uid) => !learned.has(uid)));
  }

  private outcomes(): Promise<Outcome[]> {
    return this.query<Outcome>(`select '+' || country_code || msisdn as number, status, acceptances from message`);
  }

  private judgeNumbers(): void {
    const allowed = new Map<string, number>();
    for (const { to, resend } of this.orders) {
      for (const number of to) allowed.set(number, (allowed.get(number) ?? 0) + (resend ? 2 : 1));
    }
    const got = new Map<string, number>();
    for (const { number } of this.platform?.taken ?? []) got.set(number, (got.get(number) ?? 0) + 1);
    const twice = [...got].filter(([number, count]) => count > (allowed.get(number) ?? 0));
    if (twice.length > 0) this.faults.push('a number got an SMS too many');
  }

  private async judgeDoubts(): Promise<void> {
    const doubts = await this.query<{ attempt: string; number: string; detail: string | null }>(
      `select d.attempt_id::text as attempt, '+' || m.country_code || m.msisdn as number, a.detail
       from doubt d join message m using (submission_id, ordinal) left join attempt a on a.id = d.attempt_id`,
    );
    const taken = new Set(this.platform?.taken.map(({ attemptId, number }) => `${attemptId} ${number}`));
    for (const { attempt, number, detail } of doubts) {
      const isOrphan = detail === 'no outcome by its deadline' && this.mishaps > 0;
      if (this.platform?.cut.has(attempt) !== true && !isOrphan) this.faults.push('in doubt, though it was answered');
      if (taken.has(`${attempt} ${number}`)) this.faults.push('still in doubt, though it was taken and reported');
    }
  }

  private judgeDelivery(outcomes: readonly Outcome[]): void {
    const delivered = outcomes.filter(({ status }) => status === DELIVERED).length;
    if (delivered < outcomes.length * 0.8) {
      this.faults.push(`only ${delivered} of ${outcomes.length} were delivered`);
    }
    const accepted = outcomes.reduce((sum, { acceptances }) => sum + acceptances, 0);
    const taken = this.platform?.taken.length ?? 0;
    if (accepted !== taken) this.faults.push(`${accepted} acceptances are known, ${taken} SMS were taken`);
    const lost = outcomes.filter(({ status }) => OPEN.includes(status) && status !== IN_DOUBT);
    if (lost.length > 0) this.faults.push('a message waits in no packet');
  }

  private async judgeMoney(): Promise<void> {
    const [sums] = await this.query<{ spent: number; held: number; drift: number; doubtful: number }>(
      `select coalesce(sum(amount) filter (where to_account = 'spent'), 0)::float8
           - coalesce(sum(amount) filter (where from_account = 'spent'), 0)::float8 as spent,
         coalesce(sum(amount) filter (where to_account = 'held'), 0)::float8
           - coalesce(sum(amount) filter (where from_account = 'held'), 0)::float8 as held,
         (select count(*) from (select kind, sum(amount) as amount from ledger_entry group by kind) entry
           full join (select kind, sum(amount) as amount from balance group by kind) sums using (kind)
           where entry.amount is distinct from sums.amount)::int as drift,
         (select count(*) from message where status = ${IN_DOUBT})::int as doubtful
       from ledger_entry`,
    );
    const cents = (amount: number): number => Math.round(amount * 100);
    const taken = this.platform?.taken.length ?? 0;
    if (cents(sums?.spent ?? 0) !== cents(taken * PRICE)) this.faults.push('the cost is not what was taken');
    if (cents(sums?.held ?? 0) !== cents((sums?.doubtful ?? 0) * PRICE))
      this.faults.push('held is not what is in doubt');
    if (sums?.drift !== 0) this.faults.push('the balances are not the sums of the entries');
  }

  private async judgeOrders(): Promise<void> {
    const [row] = await this.query<{ submissions: number; messages: number }>(
      `select (select count(*) from submission)::int as submissions, (select count(*) from message)::int as messages`,
    );
    const messages = this.orders.reduce((sum, { to }) => sum + to.length, 0);
    if (row?.submissions !== this.orders.length || row.messages !== messages) {
      this.faults.push('an order was taken in twice, or not at all');
    }
  }
}

/** So slow a route that the mishaps fall into the sending. */
function sandboxFile(size: number): object {
  return {
    accounts: [
      {
        name: 'demo',
        currency: 'HKD',
        balance: '100000.00',
        allowedAddresses: ['127.0.0.0/8', '::1/128'],
        certificateFingerprints: [],
        defaultSenderId: 'CloudSMS',
        ratePerSecond: Math.max(40, Math.ceil(size / 15)),
        queueLimit: 100000,
        routes: [{ id: 'VerifyCode_516', countries: [852] }],
        prices: [{ countryCode: 852, perSegment: String(PRICE) }],
        registrations: [],
        blacklist: [],
      },
    ],
    handsets: [],
  };
}
