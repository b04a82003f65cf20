import { randomBytes } from 'node:crypto';
import { pino } from 'pino';

import { isRestoreDone, noteRestore, takeForDoubt } from '../../src/database/statements/after-restore.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import { claim } from '../../src/database/statements/claim.js';
import { expirePackets } from '../../src/database/statements/expire-packets.js';
import { failHalved } from '../../src/database/statements/fail-halved.js';
import { giveUp } from '../../src/database/statements/give-up.js';
import { beat } from '../../src/database/statements/heartbeat.js';
import { settle } from '../../src/database/statements/settle.js';
import { type EndedAttempt, type Verdict } from '../../src/database/statements/settlement.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { SilenceLoop } from '../../src/reconciliation/silence.loop.js';
import { uuidv7 } from '../../src/uuid.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';

const HOUR = 3_600_000;
const logger = pino({ level: 'silent' });
const newId = () => uuidv7(Date.now(), randomBytes(10));

let traffic: GatewayTraffic;
let silence: SilenceLoop;

beforeEach(async () => {
  traffic = await GatewayTraffic.create();
  silence = new SilenceLoop(traffic.database, traffic.clock, logger);
});

afterEach(() => traffic.drop());

const NUMBERS = ['67000001', '67000002'];
const ACCEPTED: Verdict = { kind: 'accepted', uid: 'U1' };
const IN_DOUBT: Verdict = { kind: 'in_doubt' };

const report = async (sent: Sent, uid: string, state: number, change = {}) => {
  await new ReportWriter(traffic.database).store([traffic.report(sent, uid, state, change)]);
  const applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
  await applier.apply(100);
};
const until = async () => {
  for (let more = true; more;) more = await silence.round();
};
const doubts = () => traffic.rows('select submission_id, ordinal from doubt');

const cancel = ({ submissionId }: Sent) =>
  cancelMessage(traffic.database, { submissionId, ordinal: 1, appId: traffic.appId }, traffic.clock.now(), newId());
/** What was told of a message, in that order: codes of src/outbox/told-status.ts. */
const told = async () =>
  (await traffic.rows<{ statuses: number[] }>('select statuses from outbox order by id')).flatMap(
    ({ statuses }) => statuses,
  );

/** Puts a message back into the queue to be sent once more: what an attempt that was refused for later leaves. */
const requeue = ({ submissionId }: Sent) =>
  traffic.rows(
    `insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, tries, resent, first_ordinal,
       members)
     select id, created_at, valid_until, app_id, route_id, lane, segments, 2, true, 1, '{1}' from submission where id = $1`,
    [submissionId],
  );

/** A message whose first attempt is in doubt and whose second, asked for, is with a worker. */
async function sentTwice(): Promise<{ first: Sent; second: Sent }> {
  const first = await traffic.send(['67000001']);
  await traffic.rows('update submission set resend_on_doubt = true');
  await traffic.rows(`update packet set deadline = now() - interval '1 second'`);
  expect(await giveUp(traffic.database, traffic.clock.now())).toHaveLength(1);
  const second = await traffic.claim(first.submissionId, first.numbers);
  return { first, second };
}

describe('a message that was sent twice because the caller asked for it', () => {
  it('is charged twice when both ANSWERs accept it, and each by its own state', async () => {
    const { first, second } = await sentTwice();
    await traffic.answer(second, [{ kind: 'accepted', uid: 'U2' }]);
    expect(await traffic.accounts()).toMatchObject({ held: 0, spent: 0.35 });
    await traffic.answer(first, [ACCEPTED]);
    expect(await traffic.message(first)).toMatchObject({ status: 2, acceptances: 2, sms_uid: 'U2' });
    expect(await traffic.accounts()).toMatchObject({ held: 0, spent: 0.7 });
    expect(await doubts()).toEqual([]);
    await report(first, 'U1', 60);
    await report(second, 'U2', 2);
    expect(await traffic.message(first)).toMatchObject({ status: 3, sms_state: 2 });
    expect(await traffic.accounts()).toMatchObject({ held: 0, spent: 0.35 });
    expect(await traffic.rows('select kind, ordinal from ledger_entry where ordinal is not null order by id')).toEqual([
      { kind: 'correction', ordinal: 1 },
      { kind: 'reversal', ordinal: 1 },
    ]);
  });

  it('is found out by a report, before the ANSWER and without it; the ANSWER then changes nothing', async () => {
    const { first, second } = await sentTwice();
    await traffic.answer(second, [{ kind: 'accepted', uid: 'U2' }]);
    await report(first, 'U1', 2);
    expect(await traffic.message(first)).toMatchObject({ status: 3, acceptances: 2, sms_state: null, sms_uid: 'U2' });
    expect(await traffic.accounts()).toMatchObject({ spent: 0.7 });
    expect(await doubts()).toEqual([]);
    await traffic.answer(first, [ACCEPTED]);
    await report(first, 'U1', 2);
    expect(await traffic.message(first)).toMatchObject({ acceptances: 2 });
    expect(await traffic.accounts()).toMatchObject({ spent: 0.7 });
  });

  it('stays in doubt by the first attempt when the second one is refused', async () => {
    const { first, second } = await sentTwice();
    await traffic.answer(second, [{ kind: 'failed', reason: 6 }]);
    expect(await traffic.message(first)).toMatchObject({ status: 1 });
    expect(await traffic.accounts()).toMatchObject({ held: 0.35 });
    await report(first, 'U1', 2);
    expect(await traffic.message(first)).toMatchObject({ status: 3, acceptances: 1 });
    expect(await traffic.accounts()).toMatchObject({ held: 0, spent: 0.35 });
  });

  it('waits for the second attempt when the first one turns out to have been refused, and is not sent a third time', async () => {
    const { first, second } = await sentTwice();
    await traffic.answer(first, [{ kind: 'retry' }]);
    expect(await traffic.message(first)).toMatchObject({ status: 0 });
    expect(await doubts()).toEqual([]);
    expect(await traffic.rows('select id from packet')).toHaveLength(1);
    await traffic.answer(second, [{ kind: 'failed', reason: 6 }]);
    expect(await traffic.message(first)).toMatchObject({ status: 8, reason: 6 });
    expect(await traffic.accounts()).toMatchObject({ available: 0, held: 0 });
  });

  it('is in doubt again, and says so, when it can not be sent once more after all', async () => {
    const { first, second } = await sentTwice();
    await traffic.answer(second, [{ kind: 'retry' }]);
    expect(await traffic.message(first)).toMatchObject({ status: 0 });
    await requeue(first);
    await expect(cancel(first)).resolves.toBe(false);
    await expirePackets(traffic.database, traffic.clock.now() + 48 * HOUR, 10, newId());
    expect(await traffic.message(first)).toMatchObject({ status: 1, reason: null });
    expect(await traffic.accounts()).toMatchObject({ held: 0.35 });
    // Queued, in doubt, queued once more, in doubt by the first time.
    expect(await told()).toEqual([0, 1, 0, 1]);
  });

  it('says so, too, when the second attempt is refused at its second try, or with what it was sent with', async () => {
    const { first, second } = await sentTwice();
    await traffic.answer(second, [{ kind: 'retry' }]);
    await requeue(first);
    await traffic.answer(await traffic.claim(first.submissionId, first.numbers), [{ kind: 'failed', reason: 6 }]);
    expect(await traffic.message(first)).toMatchObject({ status: 1 });
    expect(await told()).toEqual([0, 1, 0, 1]);
  });

  it('stays in doubt when halving fails the rest of a packet that it was to be sent with', async () => {
    const { first, second } = await sentTwice();
    await traffic.answer(second, [{ kind: 'retry' }]);
    await requeue(first);
    const family = newId();
    await traffic.rows('update packet set halved_from = $1', [family]);
    await traffic.rows(
      `insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, result_code, members,
         detail, halved_from)
       select id, $1, id, now(), now(), 1, 1, 7, '{1}', 'x', $2 from unnest(array[$3, $4]::uuid[]) as id`,
      [first.submissionId, family, newId(), newId()],
    );
    expect(await failHalved(traffic.database, family, 7, traffic.clock.now(), newId())).toBe(0);
    expect(await traffic.message(first)).toMatchObject({ status: 1 });
    expect(await traffic.accounts()).toMatchObject({ held: 0.35 });
    expect(await told()).toEqual([0, 1, 0, 1]);
  });

  it('is not sent again once a report has said that the first time succeeded', async () => {
    const first = await traffic.send(NUMBERS);
    await traffic.rows('update submission set resend_on_doubt = true');
    await report(first, 'U1', 2);
    await traffic.rows(`update packet set deadline = now() - interval '1 second'`);
    await giveUp(traffic.database, traffic.clock.now());
    expect(await traffic.rows('select members, resent from packet')).toEqual([{ members: [2], resent: true }]);
    await report(first, 'U2', 2, { msisdn: '67000002' });
    const [needless] = await claim(traffic.database, {
      workerId: newId(),
      attemptIds: [newId()],
      now: traffic.clock.now(),
      window: 60_000,
      proven: [1],
      probing: [],
      keptForNormal: 0,
    });
    expect(needless).toMatchObject({ members: [], msisdns: [] });
  });
});

describe('silence', () => {
  const ended = async () => {
    const sent = await traffic.send(NUMBERS);
    await traffic.answer(sent, [IN_DOUBT, ACCEPTED], 'in_doubt');
    return sent;
  };

  it('settles after 26 hours what we could have received a report of, and a late report corrects it', async () => {
    await beat(traffic.database, newId(), 0);
    const sent = await ended();
    traffic.clock.time += 26 * HOUR - 1000;
    await until();
    expect(await traffic.message(sent)).toMatchObject({ status: 1 });
    traffic.clock.time += 1000;
    await until();
    expect(await traffic.message(sent)).toMatchObject({ status: 8, reason: -2 });
    expect(await traffic.message(sent, 2)).toMatchObject({ status: 7 });
    expect(await doubts()).toEqual([]);
    expect(await traffic.accounts()).toMatchObject({ held: 0, spent: 0.35, available: -0.35 });
    await report(sent, 'U9', 2);
    await report(sent, 'U1', 3, { msisdn: '67000002' });
    expect(await traffic.message(sent)).toMatchObject({ status: 3, acceptances: 1, reason: null });
    expect(await traffic.message(sent, 2)).toMatchObject({ status: 5 });
    expect(await traffic.accounts()).toMatchObject({ held: 0, spent: 0.7 });
  });

  it.each([
    ['no heartbeat', () => Promise.resolve()],
    [
      'a gap between heartbeats',
      async () => {
        await traffic.rows(
          `insert into callback_heartbeat values (now() - interval '1 hour', $1, 0), (now() + interval '1 second', $1, 0)`,
          [newId()],
        );
      },
    ],
    [
      'a report that was refused',
      async () => {
        await beat(traffic.database, newId(), 0);
        await traffic.rows(`insert into callback_heartbeat values (now() + interval '1 second', $1, 1)`, [newId()]);
      },
    ],
  ])('waits for 50 hours after %s', async (_name, prepare) => {
    await prepare();
    const sent = await ended();
    traffic.clock.time += 50 * HOUR - 1000;
    await until();
    expect(await traffic.message(sent)).toMatchObject({ status: 1 });
    expect(await traffic.message(sent, 2)).toMatchObject({ status: 2 });
    traffic.clock.time += 1000;
    await until();
    expect(await traffic.message(sent)).toMatchObject({ status: 8 });
    expect(await traffic.message(sent, 2)).toMatchObject({ status: 7 });
  });

  it('does not end what waits to be sent once more, nor what another attempt leaves in doubt', async () => {
    await beat(traffic.database, newId(), 0);
    const { first, second } = await sentTwice();
    traffic.clock.time += 26 * HOUR;
    await until();
    expect(await doubts()).toHaveLength(1);
    await traffic.answer(second, [IN_DOUBT], 'in_doubt');
    await until();
    expect(await traffic.message(first)).toMatchObject({ status: 1 });
    traffic.clock.time += 26 * HOUR;
    await until();
    expect(await traffic.message(first)).toMatchObject({ status: 8, reason: -2 });
    expect(await traffic.accounts()).toMatchObject({ available: 0, held: 0 });
  });

  it('is not undone by an ANSWER that would have the message sent again', async () => {
    await beat(traffic.database, newId(), 0);
    const sent = await traffic.send(['67000001']);
    await traffic.answer(sent, [IN_DOUBT], 'in_doubt');
    traffic.clock.time += 26 * HOUR;
    await until();
    const late: EndedAttempt = {
      packetId: 0,
      attemptId: sent.attemptId,
      submissionId: sent.submissionId,
      appId: traffic.appId,
      routeId: 1,
      lane: 0,
      tries: 1,
      segments: 1,
      validUntil: traffic.clock.now() + HOUR,
      ownText: null,
      members: [1],
      outcome: 'answered',
      resultCode: 3,
      detail: null,
      verdicts: [{ kind: 'retry' }],
      retries: [{ members: [1], dueAt: traffic.clock.now(), resent: false, halvedFrom: null }],
    };
    await settle(traffic.database, {
      attempts: [late],
      now: traffic.clock.now(),
      ledgerId: newId(),
      pauses: [],
      heardOf: [],
    });
    expect(await traffic.rows('select id from packet')).toEqual([]);
    expect(await traffic.message(sent)).toMatchObject({ status: 8 });
  });
});

describe('after a restore', () => {
  it('takes all that is due into doubt, and nothing else', async () => {
    const due = await traffic.submit(NUMBERS);
    const later = await traffic.submit(['67000003'], { dueAt: traffic.clock.now() + HOUR });
    expect(await takeForDoubt(traffic.database, [newId(), newId()], traffic.clock.now())).toBe(1);
    expect(await giveUp(traffic.database, traffic.clock.now())).toMatchObject([{ numbers: 2 }]);
    expect(await doubts()).toEqual([
      { submission_id: due, ordinal: 1 },
      { submission_id: due, ordinal: 2 },
    ]);
    expect(await traffic.rows('select submission_id from packet')).toEqual([{ submission_id: later }]);
  });

  it('is remembered by its time', async () => {
    const restoredTo = new Date('2026-03-01T12:00:00Z');
    expect(await isRestoreDone(traffic.database, restoredTo)).toBe(false);
    await noteRestore(traffic.database, restoredTo);
    expect(await isRestoreDone(traffic.database, restoredTo)).toBe(true);
  });
});
