import * as fc from 'fast-check';
import { pino } from 'pino';

import { STATUS_CODE, statusOfSmsState } from '../../src/messaging/domain/message-status.js';
import type { NewReport } from '../../src/reporting/domain/incoming-report.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { stateOf } from '../../src/uip/domain/sms-state.js';
import { GatewayTraffic, PRICE, type Sent } from '../support/gateway-traffic.js';

const HOUR = 3_600_000;
const price = Number(PRICE);
let traffic: GatewayTraffic;
let writer: ReportWriter;
let applier: ReportApplier;
let serial = 0;

const uid = (): string => `UID${String(serial++).padStart(29, '0')}`;
const number = (): string => String(60_000_000 + serial++);

/** Makes whatever waits due now, and applies it. */
async function applyAll(): Promise<void> {
  await traffic.rows('update report_queue set due_at = now()');
  await applier.apply(1000);
}

async function receive(...reports: NewReport[]): Promise<void> {
  for (const report of reports) await writer.store([report]);
  await applyAll();
}

const queued = async (): Promise<number> => (await traffic.rows('select * from report_queue')).length;
const alarms = async (): Promise<string[]> => {
  const rows = await traffic.rows<{ cause: string }>('select cause from report_alarm order by report_id');
  return rows.map(({ cause }) => cause);
};

async function spentBy(sent: Sent): Promise<number> {
  const [row] = await traffic.rows<{ amount: string }>(
    `select coalesce(sum(case when to_account = 'spent' then amount when from_account = 'spent' then -amount else 0 end), 0)::text as amount
     from ledger_entry where source_id in ($1, $2)`,
    [sent.submissionId, sent.attemptId],
  );
  return Number(row?.amount);
}

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  writer = new ReportWriter(traffic.database);
  const locator = new ReportLocator(traffic.secrets);
  applier = new ReportApplier(traffic.database, locator, traffic.clock, pino({ level: 'silent' }));
});

afterAll(() => traffic.drop());

beforeEach(async () => {
  await traffic.rows('delete from report_queue');
  await traffic.rows('delete from report_alarm');
});

describe('the writer', () => {
  it('keeps each packet as it came, beside others, whatever is in it', async () => {
    const sent = await traffic.send([number()]);
    const uids = [uid(), uid(), uid()];
    const raws = ['{"a":"\\\\\\"é\\u001f😀"}\n', 'no \u001f JSON', '{}'];
    await Promise.all(
      raws.map(async (raw, index) =>
        writer.store([traffic.report(sent, uids[index] ?? '', 9, { raw, description: 'a"\\{}' })]),
      ),
    );
    const kept = await traffic.rows(
      'select raw, result_desc from report where sms_uid in ($1, $2, $3) order by sms_uid',
      uids,
    );
    expect(kept.map(({ raw }) => raw)).toEqual([raws[0], 'no   JSON', '{}']);
    expect(kept.every((row) => row.result_desc === 'a"\\{}')).toBe(true);
  });
});

describe('a report of an answered message', () => {
  it('is found by its UID and becomes its status; the raw packet is kept', async () => {
    const sent = await traffic.send([number()], { segments: 2 });
    const smsUid = uid();
    await traffic.answer(sent, [{ kind: 'accepted', uid: smsUid }]);
    const at = traffic.clock.now() + 5000;
    await receive(
      traffic.report(sent, smsUid, 2, { reportedAt: at, attemptId: undefined, raw: '"\\" {}, \n\\u0000"' }),
    );
    expect(await traffic.message(sent)).toEqual({
      status: STATUS_CODE.delivered,
      acceptances: 1,
      sms_state: 2,
      sms_uid: smsUid,
      status_at: new Date(at),
      reason: null,
    });
    const [kept] = await traffic.rows<{ raw: string }>('select raw from report where sms_uid = $1', [smsUid]);
    expect(kept?.raw).toBe('"\\" {}, \n\\u0000"');
    expect(await queued()).toBe(0);
    expect(await spentBy(sent)).toBeCloseTo(2 * price);
    await traffic.accounts();
  });

  it('P9-CHARGE-3 is reversed by LOCAL_REJECTED and charged again by DELIVERED', async () => {
    const sent = await traffic.send([number()]);
    const smsUid = uid();
    await traffic.answer(sent, [{ kind: 'accepted', uid: smsUid }]);
    await receive(traffic.report(sent, smsUid, 60));
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.rejected, sms_state: 60 });
    expect(await spentBy(sent)).toBeCloseTo(0);
    await receive(traffic.report(sent, smsUid, 2));
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.delivered, sms_state: 2 });
    expect(await spentBy(sent)).toBeCloseTo(price);
    const entries = await traffic.rows(
      'select kind, ordinal from ledger_entry where source_id = $1 and ordinal = 1 order by id',
      [sent.submissionId],
    );
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(['correction', 'reversal']));
    await traffic.accounts();
  });

  it('posts the cost after all when the message had failed and its hold was released', async () => {
    const sent = await traffic.send([number()]);
    await traffic.answer(sent, [{ kind: 'failed', reason: 0x1000_0004 }]);
    await receive(traffic.report(sent, uid(), 3));
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.expired, acceptances: 1, reason: null });
    expect(await spentBy(sent)).toBeCloseTo(price);
    await traffic.accounts();
  });
});

describe('a report that comes before the answer', () => {
  it('P7-GATEWAY-6 settles the number that it names, and the answer does not charge it again', async () => {
    const numbers = [number(), number(), number()];
    const sent = await traffic.send(numbers);
    const uids = [uid(), uid(), uid()];
    await receive(
      traffic.report(sent, uids[1] ?? '', 2, { msisdn: numbers[1] }),
      traffic.report(sent, uids[2] ?? '', 60, { msisdn: numbers[2] }),
    );
    expect(await traffic.message(sent, 1)).toMatchObject({ status: STATUS_CODE.pending, acceptances: 0 });
    expect(await traffic.message(sent, 2)).toMatchObject({
      status: STATUS_CODE.delivered,
      sms_uid: uids[1],
      acceptances: 1,
    });
    await traffic.answer(
      sent,
      uids.map((smsUid) => ({ kind: 'accepted' as const, uid: smsUid })),
    );
    expect(await traffic.message(sent, 1)).toMatchObject({ status: STATUS_CODE.submitted });
    expect(await traffic.message(sent, 2)).toMatchObject({ status: STATUS_CODE.delivered, sms_state: 2 });
    expect(await traffic.message(sent, 3)).toMatchObject({ status: STATUS_CODE.rejected, sms_state: 60 });
    expect(await spentBy(sent)).toBeCloseTo(2 * price);
    await traffic.accounts();
  });

  it('belongs to an attempt with one number whatever the number looks like', async () => {
    const sent = await traffic.send([number()]);
    await receive(traffic.report(sent, uid(), 2, { msisdn: '0060001111' }));
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.delivered });
  });

  it('waits when it names no attempt, and is joined when the answer tells the UID', async () => {
    const sent = await traffic.send([number()]);
    const smsUid = uid();
    await receive(traffic.report(sent, smsUid, 2, { attemptId: undefined }));
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.pending });
    expect(await queued()).toBe(1);
    await traffic.answer(sent, [{ kind: 'accepted', uid: smsUid }]);
    await applyAll();
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.delivered });
    expect(await queued()).toBe(0);
  });
});

describe('a report of a doubtful message', () => {
  it('ends the doubt', async () => {
    const numbers = [number(), number()];
    const sent = await traffic.send(numbers);
    await traffic.answer(sent, [{ kind: 'in_doubt' }, { kind: 'in_doubt' }], 'in_doubt');
    const smsUid = uid();
    await receive(traffic.report(sent, smsUid, 1, { msisdn: numbers[1] }));
    const doubts = await traffic.rows('select ordinal from doubt where submission_id = $1', [sent.submissionId]);
    expect(doubts).toEqual([{ ordinal: 1 }]);
    expect(await traffic.message(sent, 2)).toMatchObject({ status: STATUS_CODE.submitted, sms_uid: smsUid });
    expect(await spentBy(sent)).toBeCloseTo(price);
    // From now on its UID is known, and a report without CUSTOMER_BODY is applied too.
    await receive(traffic.report(sent, smsUid, 2, { msisdn: numbers[1], attemptId: undefined }));
    expect(await traffic.message(sent, 2)).toMatchObject({ status: STATUS_CODE.delivered });
    expect(await spentBy(sent)).toBeCloseTo(price);
    await traffic.accounts();
  });
});

describe('a report that does not belong to what it names', () => {
  it('P7-GATEWAY-7 is kept, alarmed and not applied', async () => {
    const sent = await traffic.send([number()]);
    const other = await traffic.send([number()]);
    const smsUid = uid();
    await traffic.answer(sent, [{ kind: 'accepted', uid: smsUid }]);
    await receive(
      traffic.report(sent, smsUid, 2, { msisdn: '69999999' }),
      traffic.report(sent, smsUid, 2, { attemptId: undefined, foreignBody: true }),
      traffic.report(sent, smsUid, 2, { attemptId: other.attemptId }),
      traffic.report(sent, uid(), 2),
    );
    expect(await alarms()).toEqual(['other_number', 'foreign_body', 'other_attempt', 'other_uid']);
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.submitted, sms_state: null });
    expect(await queued()).toBe(0);
  });

  it('is compared by the keyed hash once the number itself is gone', async () => {
    const sent = await traffic.send([number()]);
    const smsUid = uid();
    await traffic.answer(sent, [{ kind: 'accepted', uid: smsUid }]);
    await traffic.rows('update message set msisdn = null where submission_id = $1', [sent.submissionId]);
    await receive(traffic.report(sent, smsUid, 3), traffic.report(sent, smsUid, 2, { msisdn: '69999999' }));
    expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.expired });
    expect(await alarms()).toEqual(['other_number']);
  });
});

describe('a report of nobody we know', () => {
  it('P7-GATEWAY-8 is looked at again after growing pauses for 26 hours, and then kept for reconciliation only', async () => {
    const stranger = { submissionId: '', attemptId: '0190a000-0000-7000-8000-00000000000a', numbers: [number()] };
    const smsUid = uid();
    await writer.store([traffic.report(stranger, smsUid, 2)]);
    const pauses: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await applyAll();
      const [row] = await traffic.rows<{ pause: number }>(
        `select extract(epoch from due_at - now())::float8 as pause from report_queue`,
      );
      pauses.push(row?.pause ?? 0);
    }
    expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
    traffic.clock.time += 26 * HOUR - 1000;
    await applyAll();
    expect(await queued()).toBe(1);
    traffic.clock.time += 2000;
    await applyAll();
    expect(await queued()).toBe(0);
    expect(await traffic.rows('select 1 as kept from report where sms_uid = $1', [smsUid])).toHaveLength(1);
    expect(await alarms()).toEqual([]);
  });
});

describe('a batch', () => {
  it('takes what is due, leaves locked rows to others, and folds the money of an attempt', async () => {
    const numbers = Array.from({ length: 150 }, number);
    const sent = await traffic.send(numbers);
    const uids = numbers.map(uid);
    await traffic.answer(
      sent,
      numbers.map(() => ({ kind: 'in_doubt' as const })),
      'in_doubt',
    );
    const reports = numbers.map((msisdn, index) => traffic.report(sent, uids[index] ?? '', 2, { msisdn }));
    await writer.store([...reports, ...reports]);
    await Promise.all([applier.apply(100), applier.apply(100), applier.apply(100)]);
    while ((await applier.apply(100)) > 0);
    const [counts] = await traffic.rows<{ delivered: number; posts: number; doubts: number; uids: number }>(
      `select (select count(*)::int from message where submission_id = $1 and status = 3) as delivered,
         (select sum(quantity)::int from ledger_entry where source_id = $2 and kind = 'post') as posts,
         (select count(*)::int from doubt where submission_id = $1) as doubts,
         (select count(distinct uid)::int from sms_uid where submission_id = $1) as uids`,
      [sent.submissionId, sent.attemptId],
    );
    expect(counts).toEqual({ delivered: 150, posts: 150, doubts: 0, uids: 150 });
    await traffic.accounts();
  });
});

describe('any permutation with repetition of the same reports', () => {
  it('ends in the same status and net charge, with the answer before, after or absent', async () => {
    const plays = fc
      .uniqueArray(fc.constantFrom(9, 1, 7, 6, 3, 4, 5, 8, 60, 2, 77), { minLength: 1, maxLength: 4 })
      .chain((states) =>
        fc.record({
          states: fc.constant(states),
          order: fc.array(fc.constantFrom(...states), { maxLength: 3 }).chain((again) =>
            fc.shuffledSubarray([...states, ...again], {
              minLength: states.length + again.length,
              maxLength: states.length + again.length,
            }),
          ),
          answerAt: fc.option(fc.nat({ max: 6 })),
          batches: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(plays, async ({ states, order, answerAt, batches }) => {
        const sent = await traffic.send([number()]);
        const smsUid = uid();
        for (let index = 0; index <= order.length; index += 1) {
          if (answerAt === index) await traffic.answer(sent, [{ kind: 'accepted', uid: smsUid }]);
          const state = order[index];
          if (state !== undefined) await writer.store([traffic.report(sent, smsUid, state)]);
          if (batches[index]) await applyAll();
        }
        await applyAll();
        const expected = stateOf(states) ?? 0;
        expect(await traffic.message(sent)).toMatchObject({
          status: STATUS_CODE[statusOfSmsState(expected)],
          sms_state: expected,
          sms_uid: smsUid,
          acceptances: 1,
        });
        expect(await spentBy(sent)).toBeCloseTo(expected === 60 ? 0 : price);
        expect(await alarms()).toEqual([]);
      }),
      { numRuns: 40 },
    );
    await traffic.accounts();
  });
});
