import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { Pool } from 'undici';

import { loadConfig } from '../../src/config/config.js';
import { ensureDevelopmentCertificates } from '../../src/config/development-certificates.js';
import { createLogger } from '../../src/observability/logger.js';
import { AggregateRecount } from '../../src/reporting/aggregate-recount.service.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { SummaryQuery } from '../../src/reporting/summary.dto.js';
import { SummaryService } from '../../src/reporting/summary.service.js';
import { startCallback } from '../../src/roles/callback.js';
import type { RunningRole, Runtime } from '../../src/runtime.js';
import { validate } from '../../src/rest/validation.pipe.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';
import { mix, type MixedPacket, numberOf, type Plan, planReports, seeded, uidOf } from '../support/report-mixture.js';

const LONG = process.env.TEST_SIZE === 'long';
const SIZE = LONG ? 20_000 : 2000;
const SEEDS = LONG ? [1, 2, 3] : [1];
const CONNECTIONS = 16;
/** A limit against hanging; the full size takes minutes. */
const PATIENCE = 900_000;
const SENT_AT = Math.floor(Date.now() / 60_000) * 60_000;
const logger = pino({ level: 'silent' });

let directory: string;
let role: RunningRole | undefined;
const opened: GatewayTraffic[] = [];

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-mixture-'));
});

afterAll(async () => {
  await role?.stop();
  for (const traffic of opened) await traffic.drop();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** A gateway of its own on which everything of the plan is being sent. */
async function sendAll(plan: Plan): Promise<{ traffic: GatewayTraffic; sent: Sent[]; applier: ReportApplier }> {
  const traffic = await GatewayTraffic.create();
  opened.push(traffic);
  traffic.clock.time = SENT_AT;
  const sent: Sent[] = [];
  for (let submission = 0; submission < plan.submissions; submission += 1) {
    const numbers = Array.from({ length: plan.members }, (_, member) => numberOf(submission, member));
    sent.push(await traffic.send(numbers, { segments: 1 + (submission % 3) }));
  }
  const applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
  return { traffic, sent, applier };
}

function answer(traffic: GatewayTraffic, sent: Sent, submission: number): Promise<void> {
  const verdicts = sent.numbers.map((_, member) => ({ kind: 'accepted' as const, uid: uidOf(submission, member) }));
  return traffic.answer(sent, verdicts);
}

async function applyAll(traffic: GatewayTraffic, applier: ReportApplier): Promise<void> {
  await traffic.rows('update report_queue set due_at = now()');
  while ((await applier.apply(500)) > 0);
}

async function listen(traffic: GatewayTraffic): Promise<{ url: string; pool: Pool }> {
  const certificates = await ensureDevelopmentCertificates(path.join(directory, 'certificates'));
  const variables = { CALLBACK_PORT: '0', DATA_DIR: directory, DATABASE_URL: traffic.url };
  const callback = { ...certificates.callback, ca: certificates.ca };
  const runtime: Runtime = {
    config: loadConfig(variables, 'sandbox.json'),
    logger: createLogger('silent'),
    secrets: traffic.secrets,
    tls: { callback, platform: callback, uipClient: callback, pushClient: callback },
    databases: { gateway: traffic.url, platform: undefined },
    addresses: {},
  };
  role = await startCallback(runtime);
  const { origin, pathname } = new URL(runtime.addresses.callbackUrl ?? '');
  const { cert, key } = certificates.platformClient;
  const connect = { ca: fs.readFileSync(certificates.ca), cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
  return { url: pathname, pool: new Pool(origin, { connections: CONNECTIONS, connect }) };
}

/** Pushes packets over some connections, each answered before the next on its connection. @returns the codes that came back */
async function push(pool: Pool, url: string, packets: readonly MixedPacket[]): Promise<Set<unknown>> {
  const codes = new Set<unknown>();
  let next = 0;
  const one = async () => {
    for (let packet = packets[next++]; packet !== undefined; packet = packets[next++]) {
      const { body } = await pool.request({ path: url, method: 'POST', body: JSON.stringify(packet.body) });
      const reply = (await body.json()) as { RESULT_CODE?: unknown };
      codes.add(reply.RESULT_CODE);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return codes;
}

/** All that must not depend on how the reports came. */
async function outcomeOf(traffic: GatewayTraffic, sent: readonly Sent[]) {
  const messages = [];
  for (const { submissionId } of sent) {
    const rows = await traffic.rows(
      `select ordinal, status, sms_state, sms_uid, acceptances, delivery_ms from message where submission_id = $1
       order by ordinal`,
      [submissionId],
    );
    messages.push(rows);
  }
  const summaries = new SummaryService(traffic.database, traffic.clock);
  const groupBy = 'status,route,country,app,hour';
  const period = { from: new Date(SENT_AT - 3_600_000).toISOString(), to: new Date(SENT_AT + 3_600_000).toISOString() };
  const summary = await summaries.summarise(undefined, validate(SummaryQuery, { ...period, groupBy }));
  return { messages, accounts: await traffic.accounts(), summary };
}

describe(`${SIZE} reports, repeated, shuffled, early, for nobody and forged`, () => {
  it.each(SEEDS)(
    'end as the same reports in their order do (seed %i)',
    async (seed) => {
      const chance = seeded(seed);
      const plan = planReports(Math.ceil(SIZE / 1.4), chance);

      const clean = await sendAll(plan);
      for (const [submission, sent] of clean.sent.entries()) await answer(clean.traffic, sent, submission);
      const writer = new ReportWriter(clean.traffic.database);
      const inOrder = plan.reports.map(({ submission, member, state, after }) => {
        const sent = clean.sent[submission] ?? { submissionId: '', attemptId: '', numbers: [] };
        const times = { reportedAt: SENT_AT + after * 1000, msisdn: numberOf(submission, member) };
        return clean.traffic.report(sent, uidOf(submission, member), state, times);
      });
      await writer.store(inOrder);
      await applyAll(clean.traffic, clean.applier);

      const mixed = await sendAll(plan);
      const attempts = mixed.sent.map(({ attemptId }) => attemptId);
      const mixture = mix(plan, (submission) => attempts[submission] ?? '', SENT_AT, chance);
      for (const [submission, sent] of mixed.sent.entries())
        if (!plan.late.has(submission)) await answer(mixed.traffic, sent, submission);
      const { url, pool } = await listen(mixed.traffic);
      const half = Math.floor(mixture.packets.length / 2);
      const codes = await push(pool, url, mixture.packets.slice(0, half));
      await applyAll(mixed.traffic, mixed.applier);
      for (const code of await push(pool, url, mixture.packets.slice(half))) codes.add(code);
      await applyAll(mixed.traffic, mixed.applier);
      for (const submission of plan.late) {
        const sent = mixed.sent[submission];
        if (sent !== undefined) await answer(mixed.traffic, sent, submission);
      }
      await applyAll(mixed.traffic, mixed.applier);
      await pool.close();
      await role?.stop();
      role = undefined;

      expect([...codes]).toEqual([1]);
      const [expected, found] = [
        await outcomeOf(clean.traffic, clean.sent),
        await outcomeOf(mixed.traffic, mixed.sent),
      ];
      expect(found).toEqual(expected);
      expect(found.summary.totals.messages).toBe(plan.submissions * plan.members);
      expect(found.summary.totals.counts.delivered).toBeGreaterThan(SIZE / 10);
      // Every forged one is alarmed, none but the strangers' still waits.
      const [left] = await mixed.traffic.rows(
        `select (select count(*)::int from report_alarm) as alarms, (select count(*)::int from report_queue) as waiting,
         (select count(*)::int from report) as stored`,
      );
      expect(left).toEqual({ alarms: mixture.forged, waiting: mixture.nobody, stored: mixture.packets.length });
      const recount = new AggregateRecount(mixed.traffic.database, mixed.traffic.clock, logger);
      const hour = Math.floor(SENT_AT / 3_600_000) * 3_600_000;
      const counted = await recount.recount({ from: hour, to: hour + 3_600_000 });
      expect(counted).toEqual({ messages: plan.submissions * plan.members, drifted: 0 });
    },
    PATIENCE,
  );
});
