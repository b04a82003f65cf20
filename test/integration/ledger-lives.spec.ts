import { randomBytes } from 'node:crypto';
import { pino } from 'pino';

import { cancelMessage } from '../../src/database/statements/cancel.js';
import { expirePackets } from '../../src/database/statements/expire-packets.js';
import { failHalved } from '../../src/database/statements/fail-halved.js';
import { giveUp } from '../../src/database/statements/give-up.js';
import type { Verdict } from '../../src/database/statements/settlement.js';
import { checkSpend, mergeSpend } from '../../src/database/statements/spend-keep.js';
import { capsOfApp, openSpendPeriods, readRooms } from '../../src/database/statements/spend-reserve.js';
import { SilenceLoop } from '../../src/reconciliation/silence.loop.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { uuidv7 } from '../../src/uuid.js';
import { assertCleanBooks } from '../support/audit.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';

/** Segments of each SMS; a segment costs 0.35 HKD. */
const SEGMENTS = 2;
const HOUR = 3_600_000;
const DELIVERED = 2;
const EXPIRED = 3;
const LOCAL_REJECTED = 60;

const logger = pino({ level: 'silent' });
const newId = () => uuidv7(Date.now(), randomBytes(10));
const uid = () => randomBytes(16).toString('hex').toUpperCase();

let traffic: GatewayTraffic;
let applier: ReportApplier;
let silence: SilenceLoop;

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
  silence = new SilenceLoop(traffic.database, traffic.clock, logger);
});
afterAll(() => traffic.drop());

const failed: Verdict = { kind: 'failed', reason: 6 };
const accepted = (smsUid: string): Verdict => ({ kind: 'accepted', uid: smsUid });

/** What may happen to the two messages of a submission; `u` are the UIDs that the platform gives them. */
class Life {
  readonly u = [uid(), uid()] as const;
  sent: Sent = { submissionId: '', attemptId: '', numbers: [] };
  readonly attempts: Sent[] = [];

  constructor(readonly appId: number) {}

  async submit(validUntil?: number): Promise<void> {
    const numbers = ['67000001', '67000002'];
    const submissionId = await traffic.submit(numbers, { segments: SEGMENTS, appId: this.appId });
    this.sent = { submissionId, attemptId: '', numbers };
    if (validUntil === undefined) return;
    const until = new Date(validUntil);
    await traffic.rows('update packet set valid_until = $2 where submission_id = $1', [submissionId, until]);
  }

  /** Hands the packet to a worker. */
  async claim(): Promise<Sent> {
    this.sent = await traffic.claim(this.sent.submissionId, this.sent.numbers);
    this.attempts.push(this.sent);
    return this.sent;
  }

  async send(): Promise<void> {
    await this.submit();
    await this.claim();
  }

  answer(verdicts: readonly Verdict[], attempt = this.sent): Promise<void> {
    return traffic.answer(attempt, verdicts);
  }

  accept(attempt = this.sent): Promise<void> {
    return this.answer([accepted(this.u[0]), accepted(this.u[1])], attempt);
  }

  /** No outcome by the deadline. */
  async lose(): Promise<void> {
    await traffic.rows(`update packet set deadline = now() - interval '1 second' where submission_id = $1`, [
      this.sent.submissionId,
    ]);
    await giveUp(traffic.database, traffic.clock.now());
  }

  /** As `lose`, where the caller asked for a repetition: another worker has it. */
  async loseAndRepeat(): Promise<void> {
    await traffic.rows('update submission set resend_on_doubt = true where id = $1', [this.sent.submissionId]);
    await this.lose();
    await this.claim();
  }

  async report(state: number, of: readonly number[] = [0, 1], attempt = this.sent, uids: readonly string[] = this.u) {
    const reports = of.map((index) =>
      traffic.report(attempt, uids[index], state, { msisdn: attempt.numbers[index] ?? '' }),
    );
    await new ReportWriter(traffic.database).store(reports);
    await applier.apply(100);
  }

  async cancel(ordinal: number): Promise<void> {
    const message = { submissionId: this.sent.submissionId, ordinal, appId: this.appId };
    expect(await cancelMessage(traffic.database, message, traffic.clock.now(), newId())).toBe(true);
  }

  async expire(): Promise<void> {
    await expirePackets(traffic.database, traffic.clock.now(), 100, newId());
  }

  /** So much later that silence settles what is open. */
  async fallSilent(): Promise<void> {
    traffic.clock.time += 51 * HOUR;
    await traffic.rows('update sandbox_clock set offset_ms = offset_ms + $1', [51 * HOUR]);
    for (let more = true; more;) more = await silence.round();
  }

  /** Back into the queue, for a later try. */
  async requeue(more: { halvedFrom?: string; members?: string } = {}): Promise<void> {
    await traffic.rows(
      `insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, tries, halved_from,
         first_ordinal, members)
       select id, created_at, valid_until, app_id, route_id, lane, segments, 2, $2::uuid, ($3::int[])[1], $3::int[]
       from submission where id = $1`,
      [this.sent.submissionId, more.halvedFrom ?? null, more.members ?? '{1,2}'],
    );
  }
}

/** Messages × segments × price. */
const of = (messages: number): number => Number((messages * SEGMENTS * 0.35).toFixed(2));

interface Case {
  readonly name: string;
  readonly live: (life: Life) => Promise<void>;
  /** Kinds and messages' worth of the entries, by time and then by kind. */
  readonly entries: string;
  /** Messages' worth that is still held, and that is spent. */
  readonly held: number;
  readonly spent: number;
}

const CASES: readonly Case[] = [
  { name: 'waits', live: (life) => life.submit(), entries: 'hold 2', held: 2, spent: 0 },
  { name: 'is with a worker', live: (life) => life.send(), entries: 'hold 2', held: 2, spent: 0 },
  {
    name: 'is accepted',
    live: async (life) => {
      await life.send();
      await life.accept();
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'is refused',
    live: async (life) => {
      await life.send();
      await life.answer([failed, failed]);
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
  {
    name: 'is accepted in part',
    live: async (life) => {
      await life.send();
      await life.answer([accepted(life.u[0]), failed]);
    },
    entries: 'hold 2, post 1, release 1',
    held: 0,
    spent: 1,
  },
  {
    name: 'is accepted, and its ANSWER stored twice',
    live: async (life) => {
      await life.send();
      await life.accept();
      await life.accept();
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'passes its validity unsent',
    live: async (life) => {
      await life.submit(traffic.clock.now() - 1);
      await life.expire();
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
  {
    name: 'is cancelled in part, and the rest is accepted',
    live: async (life) => {
      await life.submit();
      await life.cancel(1);
      await life.claim();
      await traffic.answer(life.sent, [failed, accepted(life.u[1])]);
    },
    entries: 'hold 2, post 1, release 1',
    held: 0,
    spent: 1,
  },
  {
    name: 'is cancelled',
    live: async (life) => {
      await life.submit();
      await life.cancel(2);
      await life.cancel(1);
    },
    entries: 'hold 2, release 1, release 1',
    held: 0,
    spent: 0,
  },
  {
    name: 'is in doubt',
    live: async (life) => {
      await life.send();
      await life.lose();
    },
    entries: 'hold 2',
    held: 2,
    spent: 0,
  },
  {
    name: 'is never heard of again: unconfirmed',
    live: async (life) => {
      await life.send();
      await life.lose();
      await life.fallSilent();
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
  {
    name: 'is in doubt, and a late ANSWER accepts it',
    live: async (life) => {
      await life.send();
      await life.lose();
      await life.accept();
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'is in doubt, and a late ANSWER refuses it',
    live: async (life) => {
      await life.send();
      await life.lose();
      await life.answer([failed, failed]);
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
  {
    name: 'is unconfirmed, and a late ANSWER accepts it',
    live: async (life) => {
      await life.send();
      await life.lose();
      await life.fallSilent();
      await life.accept();
    },
    entries: 'hold 2, release 2, correction 1, correction 1',
    held: 0,
    spent: 2,
  },
  {
    name: 'is unconfirmed, and a late report delivers one',
    live: async (life) => {
      await life.send();
      await life.lose();
      await life.fallSilent();
      await life.report(DELIVERED, [1]);
    },
    entries: 'hold 2, release 2, correction 1',
    held: 0,
    spent: 1,
  },
  {
    name: 'is unconfirmed, and a late report says LOCAL_REJECTED',
    live: async (life) => {
      await life.send();
      await life.lose();
      await life.fallSilent();
      await life.report(LOCAL_REJECTED);
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
  {
    name: 'is in doubt, and reports end that: delivered, LOCAL_REJECTED',
    live: async (life) => {
      await life.send();
      await life.lose();
      await life.report(DELIVERED, [0]);
      await life.report(LOCAL_REJECTED, [1]);
    },
    entries: 'hold 2, post 1, release 1',
    held: 0,
    spent: 1,
  },
  {
    name: 'is delivered, reported again and again',
    live: async (life) => {
      await life.send();
      await life.accept();
      for (const state of [9, 1, DELIVERED, DELIVERED, EXPIRED]) await life.report(state);
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'is expired, then delivered: charged all the same',
    live: async (life) => {
      await life.send();
      await life.accept();
      await life.report(EXPIRED);
      await life.report(DELIVERED);
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'is accepted, then LOCAL_REJECTED',
    live: async (life) => {
      await life.send();
      await life.accept();
      await life.report(LOCAL_REJECTED, [0]);
    },
    entries: 'hold 2, post 2, reversal 1',
    held: 0,
    spent: 1,
  },
  {
    name: 'is LOCAL_REJECTED, then delivered after all',
    live: async (life) => {
      await life.send();
      await life.accept();
      await life.report(LOCAL_REJECTED, [0]);
      await life.report(DELIVERED, [0]);
    },
    entries: 'hold 2, post 2, reversal 1, correction 1',
    held: 0,
    spent: 2,
  },
  {
    name: 'is reported before its ANSWER comes: delivered',
    live: async (life) => {
      await life.send();
      await life.report(DELIVERED);
      await life.accept();
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'is reported before its ANSWER comes: LOCAL_REJECTED',
    live: async (life) => {
      await life.send();
      await life.report(LOCAL_REJECTED);
      await life.accept();
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
  {
    name: 'is refused, and a report proves otherwise',
    live: async (life) => {
      await life.send();
      await life.answer([failed, failed]);
      await life.report(DELIVERED, [0]);
    },
    entries: 'hold 2, release 2, correction 1',
    held: 0,
    spent: 1,
  },
  {
    name: 'never gets a report after it was accepted: unknown',
    live: async (life) => {
      await life.send();
      await life.accept();
      await life.fallSilent();
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'is sent once more as asked, and both are accepted',
    live: async (life) => {
      await life.send();
      await life.loseAndRepeat();
      await life.accept();
      await life.answer([accepted(uid()), accepted(uid())], life.attempts[0]);
    },
    entries: 'hold 2, post 2, correction 1, correction 1',
    held: 0,
    spent: 4,
  },
  {
    name: 'is sent once more as asked, both are accepted, and one turns out LOCAL_REJECTED',
    live: async (life) => {
      const others = [uid(), uid()];
      await life.send();
      await life.loseAndRepeat();
      await life.accept();
      await life.answer([accepted(others[0]), failed], life.attempts[0]);
      await life.report(LOCAL_REJECTED, [0], life.attempts[0], others);
    },
    entries: 'hold 2, post 2, reversal 1, correction 1',
    held: 0,
    spent: 2,
  },
  {
    name: 'is sent once more as asked, refused then, and never heard of',
    live: async (life) => {
      await life.send();
      await life.loseAndRepeat();
      await life.answer([failed, failed]);
      await life.fallSilent();
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
  {
    name: 'is to be sent later (Busy), and accepted then',
    live: async (life) => {
      await life.send();
      await life.answer([{ kind: 'retry' }, { kind: 'retry' }]);
      await life.requeue();
      await life.claim();
      await life.accept();
    },
    entries: 'hold 2, post 2',
    held: 0,
    spent: 2,
  },
  {
    name: 'is to be sent later, and no longer valid by then',
    live: async (life) => {
      await life.send();
      await life.answer([{ kind: 'retry' }, accepted(life.u[1])]);
      await life.requeue({ members: '{1}' });
      await traffic.rows('update packet set valid_until = due_at where submission_id = $1', [life.sent.submissionId]);
      await life.expire();
    },
    entries: 'hold 2, post 1, release 1',
    held: 0,
    spent: 1,
  },
  {
    name: 'fails with the packet that it was halved from',
    live: async (life) => {
      await life.send();
      await life.answer([{ kind: 'retry' }, { kind: 'retry' }]);
      // Refused as a whole, then two of its numbers alone.
      const family = newId();
      await life.requeue({ halvedFrom: family });
      await traffic.rows(
        `insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, result_code, members,
           detail, halved_from)
         select id, $1, id, now(), now(), 1, 1, 7, case id when $2 then '{1,2}'::int[] else '{1}' end, 'x', nullif($2, id)
         from unnest(array[$2, $3, $4]::uuid[]) as id`,
        [life.sent.submissionId, family, newId(), newId()],
      );
      expect(await failHalved(traffic.database, family, 7, traffic.clock.now(), newId())).toBe(2);
    },
    entries: 'hold 2, release 2',
    held: 0,
    spent: 0,
  },
];

/** An app of its own for each life, under a cap that it never reaches. */
async function appOf(index: number): Promise<number> {
  const [{ id }] = await traffic.rows<{ id: number }>('insert into app (name) values ($1) returning id', [
    `life-${index}`,
  ]);
  await traffic.rows(
    `insert into spend_cap (app_id, currency, period, amount, time_zone, created_at, author)
     values ($1, 'HKD', 'month', 1000, 'UTC', $2::timestamptz - interval '90 days', 'test')`,
    [id, new Date(traffic.clock.now())],
  );
  const [rooms] = await readRooms(traffic.database, [{ appId: id, currency: 'HKD', at: traffic.clock.now() }]);
  await openSpendPeriods(traffic.database, rooms);
  return id;
}

describe('a submission of two messages', () => {
  test.each(CASES.map((life, index) => ({ ...life, index })))(
    '$name',
    async ({ live, entries, held, spent, index }) => {
      const acceptedAt = traffic.clock.now();
      const life = new Life(await appOf(index));
      await live(life);
      const ledger = await traffic.rows<{ kind: string; quantity: number; amount: string }>(
        `select kind, quantity, amount::text from ledger_entry where app_id = $1
       order by at, array_position(array['hold', 'post', 'release', 'reversal', 'correction'], kind), id`,
        [life.appId],
      );
      expect(ledger.map(({ kind, quantity }) => `${kind} ${quantity / SEGMENTS}`).join(', ')).toBe(entries);
      for (const { quantity, amount } of ledger) expect(Number(amount)).toBeCloseTo(quantity * 0.35, 8);
      const balance = Object.fromEntries(
        (
          await traffic.rows<{ kind: string; amount: string }>(
            'select kind, amount::text from balance where app_id = $1',
            [life.appId],
          )
        ).map(({ kind, amount }) => [kind, Number(amount)]),
      );
      const sum = (...kinds: string[]): number => kinds.reduce((total, kind) => total + (balance[kind] ?? 0), 0);
      expect(Number((sum('hold') - sum('post', 'release')).toFixed(8))).toBe(of(held));
      expect(Number((sum('post', 'correction') - sum('reversal')).toFixed(8))).toBe(of(spent));
      // The cap of the month in which it was accepted counts just that.
      while (await mergeSpend(traffic.database));
      const [cap] = await capsOfApp(traffic.database, life.appId, acceptedAt);
      expect(Number(cap.used)).toBe(of(held + spent));
    },
  );
});

test('the books are in order after all of these lives', async () => {
  expect(await checkSpend(traffic.database)).toEqual([]);
  expect(CASES.length).toBeGreaterThan(25);
  await traffic.accounts();
  await assertCleanBooks({ gateway: traffic.url });
});
