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
import type { Hold } from '../support/hostile-witness.js';
import { SeededRandom } from '../support/seeded-random.js';
import { readTls } from '../support/uip-caller.js';
import { type Evidence, judgeEnd, judgeNow } from './hostile-judge.js';
import { baitOrder, makeOrders, type Order } from './hostile-orders.js';
import { type RunOptions, sandboxFile } from './hostile-sandbox.js';

const ANSWER_TIMEOUT = 1_000;
/** From the claim to the doubt. */
const WINDOW = 5_000 + ANSWER_TIMEOUT;
/** Milliseconds between two baits: one goes to the other worker as often as not. */
const BAIT_INTERVAL = 200;
const BAIT_PATIENCE = 60_000;
/** AUTH_KEYs of the workers, by which the platform tells them apart. */
const AUTH_KEYS = ['A'.repeat(88), 'B'.repeat(88)];

/**
 * Sends through a hostile platform, with two api processes and two workers that are killed and stalled while the platform has
 * a packet of theirs, and holds what the gateway says at the end against the platform's own record.
 */
export class HostileRun {
  private readonly faults: string[] = [];
  private readonly random: SeededRandom;
  private readonly orders: Order[];
  private readonly baits: Order[] = [];
  private readonly workers: Launched[] = [];
  private readonly programs: Program[] = [];
  private readonly clients: JsonClient[] = [];
  /** 202 bodies. */
  private readonly accepted: string[] = [];
  private directory = '';
  private database: TestDatabase | undefined;
  private pool: Pool | undefined;
  private platform: HostilePlatform | undefined;
  private mishaps = 0;
  private isOver = false;
  private troubling: Promise<void> | undefined;
  private running: Promise<string[]> | undefined;

  constructor(private readonly options: RunOptions) {
    this.random = new SeededRandom(options.seed);
    this.orders = makeOrders(options.size, this.random);
  }

  /** Runs to the end. @returns what was found wrong: nothing, if all is well */
  run(): Promise<string[]> {
    this.running = this.toEnd();
    return this.running;
  }

  private async toEnd(): Promise<string[]> {
    const platform = await this.start();
    const posting = this.post();
    this.troubling = this.trouble(platform);
    await Promise.all([posting, this.troubling]);
    await this.untilQuiet(platform);
    if (!this.isOver) this.faults.push(...(await judgeEnd(this.evidence(platform))));
    return this.found();
  }

  /** Runs until a fault of this kind shows, or to the end. @returns all that was found wrong until then */
  async firstFault(kind: RegExp): Promise<string[]> {
    const whole = this.run().catch((error: unknown) => [String(error)]);
    const end = whole.then(() => true);
    while (!(await Promise.race([end, delay(100, false)]))) {
      if (this.platform !== undefined) this.faults.push(...(await judgeNow(this.evidence(this.platform))));
      const found = this.found();
      if (found.some((fault) => kind.test(fault))) return found;
    }
    return whole;
  }

  /** Ends whatever runs. A stopped process ends by SIGKILL all the same. */
  async cleanUp(): Promise<void> {
    this.isOver = true;
    await this.troubling?.catch(() => undefined);
    await Promise.all([...this.workers, ...this.programs].map((process) => process.kill()));
    await this.platform?.stop();
    // A run that is broken off may be about to ask the database a last question.
    await this.running?.catch(() => undefined);
    for (const client of this.clients) await client.close();
    await this.pool?.end();
    await this.database?.drop();
    if (this.directory !== '') removeDataDirectory(this.directory);
  }

  /** What there was to do, for whoever looks at a run. */
  get summary(): string {
    const { packets = 0, taken = [] } = this.platform ?? {};
    return `seed ${this.options.seed}: ${packets} packets, ${taken.length} SMS taken, ${this.mishaps} mishaps`;
  }

  private found(): string[] {
    return [...new Set([...this.faults, ...(this.platform?.faults ?? [])])];
  }

  private evidence(platform: HostilePlatform): Evidence {
    return {
      query: (text, values) => this.query(text, values),
      platform,
      orders: [...this.orders, ...this.baits],
      hadMishaps: this.mishaps > 0,
      gateway: this.database?.url ?? '',
      accepted: this.accepted,
    };
  }

  private async start(): Promise<HostilePlatform> {
    this.directory = createDataDirectory('cloudsms-test-program-');
    this.database = await createTestDatabase('gateway');
    this.pool = new Pool({ connectionString: this.database.url, max: 4 });
    // Connections that are idle, or on their way out, when their database is dropped.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
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
    const launch = (roles: string) => startProgram({ main, dataDir: this.directory, env: { ...env, ROLES: roles } });
    const first = await launch('api,callback');
    this.programs.push(first);
    const callback = { url: first.local.callbackUrl, tls: readTls(first.local.tls) };
    const platform = new HostilePlatform(this.options.seed, callback, this, WINDOW);
    const url = await platform.start();
    this.platform = platform;
    this.launch = (index) => {
      const worker = { ...env, ROLES: 'worker', UIP_URL: url, UIP_AUTH_KEY: AUTH_KEYS[index] };
      return launchProgram({ main, dataDir: this.directory, env: worker });
    };
    this.workers.push(...AUTH_KEYS.map((_, index) => this.launch(index)));
    // The same data directory gives it the same keys.
    this.programs.push(await launch('api'));
    this.clients.push(...this.programs.map(({ local }) => new JsonClient(local.apiUrl, first.local.apiKey)));
    return platform;
  }

  private launch: (index: number) => Launched = () => {
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

  /** For the platform, which answers a packet after that. */
  async reportIsLookedAt(uid: string): Promise<boolean> {
    const rows = await this.query(
      `select 1 from report r left join report_queue q on q.report_id = r.id
       where r.sms_uid = $1 and (q.report_id is null or q.tries > 0)`,
      [uid],
    );
    return rows.length > 0;
  }

  private async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    if (this.pool === undefined || this.isOver) return [];
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** Posts every order, to the processes in turn; some to all at once, and to all again once they are answered. */
  private async post(): Promise<void> {
    for (const [index, order] of this.orders.entries()) {
      if (this.isOver) return;
      if (order.repeated) {
        const answers = [...(await this.postToAll(order)), ...(await this.postToAll(order))];
        if (new Set(answers).size > 1) this.faults.push('one Idempotency-Key was answered in two ways');
      } else await this.postOne(this.clients[index % this.clients.length], order);
      await delay(this.random.below(15));
    }
  }

  /** Twice to each process, all at once. */
  private postToAll(order: Order): Promise<string[]> {
    return Promise.all([...this.clients, ...this.clients].map((client) => this.postOne(client, order)));
  }

  private async postOne(client: JsonClient, { key, to, resend, high }: Order): Promise<string> {
    return eventually(async () => {
      if (this.isOver) return '';
      const answer = await client.call('POST', '/v1/messages', {
        json: { to, text: 'Hello', ...(resend ? { onDoubt: 'resend' } : {}), ...(high ? { priority: 'high' } : {}) },
        headers: { 'idempotency-key': key },
      });
      if (answer.status !== 202) throw new Error(`${answer.status}: ${answer.text}`);
      const { id } = answer.body as { id: string };
      this.accepted.push(answer.text);
      const stored = await this.query('select 1 from submission where id = $1', [id]);
      if (stored.length === 0 && !this.isOver) this.faults.push('a submission was answered before it was stored');
      return answer.text;
    });
  }

  /** Kills workers, or stops them for longer than they may take: always while the platform has a packet of theirs. */
  private async trouble(platform: HostilePlatform): Promise<void> {
    for (; !this.isOver && this.mishaps < this.options.mishaps; this.mishaps += 1) {
      await this.pause(200 + this.random.below(900));
      const index = this.mishaps % this.workers.length;
      const hold = platform.hold(AUTH_KEYS[index]);
      await this.bait(hold);
      const worker = this.workers[index];
      if (this.random.next() < 0.5) {
        await worker.kill();
        this.workers[index] = this.launch(index);
      } else {
        worker.process.kill('SIGSTOP');
        await this.pause(WINDOW + 1_500);
        worker.process.kill('SIGCONT');
      }
      hold.release();
    }
  }

  /** Waits, unless the run is over. */
  private async pause(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    while (!this.isOver && performance.now() < end) await delay(Math.min(50, end - performance.now()));
  }

  /** Posts baits until the right worker has sent one. */
  private async bait(hold: Hold): Promise<void> {
    const deadline = performance.now() + BAIT_PATIENCE;
    while (!hold.isTaken && !this.isOver) {
      if (performance.now() > deadline) throw new Error('a worker sends nothing');
      const order = baitOrder(this.baits.length);
      this.baits.push(order);
      await this.postOne(this.clients[0], order);
      const next = performance.now() + BAIT_INTERVAL;
      while (!hold.isTaken && performance.now() < next) await delay(5);
    }
  }

  /** Moves the clock past every "later" until nothing waits any more. */
  private async untilQuiet(platform: HostilePlatform): Promise<void> {
    let quiet = 0;
    await eventually(
      async () => {
        if (this.isOver) return;
        await this.clients[0].expect(200, 'POST', '/v1/sandbox/clock/advance', { json: { by: '11m' } });
        await delay(250);
        const [left] = await this.query<{ packets: number; reports: number; submitted: number }>(
          `select (select count(*) from packet)::int as packets,
             (select count(*) from report_queue where due_at < now() + interval '1 second')::int as reports,
             (select count(*) from message where status = 2)::int as submitted`,
        );
        // Nothing is left that could be sent once more.
        if (left?.packets === 0) {
          platform.releaseReports();
          await this.remind(platform);
        }
        const isQuiet =
          left?.packets === 0 && left.reports === 0 && left.submitted === 0 && platform.waitingReports === 0;
        quiet = isQuiet ? quiet + 1 : 0;
        // A late ANSWER may be on its way.
        if (quiet < 8) throw new Error(`still waiting: ${JSON.stringify(left)} ${platform.waitingReports}`);
      },
      { timeout: this.options.patience ?? 90_000 + this.options.size * 10, interval: 50 },
    ).catch((error: unknown) => this.faults.push(`it never ended: ${String(error)}`));
  }

  /** A worker that is killed before it stores an ANSWER never learns the UIDs: only the attempt tells then. */
  private async remind(platform: HostilePlatform): Promise<void> {
    const bare = platform.bareUids;
    const known = await this.query<{ uid: string }>('select uid from sms_uid where uid = any($1)', [bare]);
    const learned = new Set(known.map(({ uid }) => uid));
    platform.remind(bare.filter((uid) => !learned.has(uid)));
  }
}
