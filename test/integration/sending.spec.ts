import { randomBytes } from 'node:crypto';

import { Database } from '../../src/database/database.js';
import { accept, type SubmissionRow } from '../../src/database/statements/accept.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import { claim, type ClaimedPacket, releaseClaims } from '../../src/database/statements/claim.js';
import { expirePackets } from '../../src/database/statements/expire-packets.js';
import { failHalved } from '../../src/database/statements/fail-halved.js';
import { findSubmission } from '../../src/database/statements/find-submission.js';
import { giveUp } from '../../src/database/statements/give-up.js';
import { reopenRoutes, routeHealth, stopRoutes } from '../../src/database/statements/route-breaker.js';
import { settle } from '../../src/database/statements/settle.js';
import { type EndedAttempt, type Verdict } from '../../src/database/statements/settlement.js';
import { statement } from '../../src/database/statement.js';
import { newSubmissionId } from '../../src/messaging/domain/message-id.js';
import { groupIntoPackets } from '../../src/messaging/domain/packets.js';
import { uuidv7 } from '../../src/uuid.js';
import { createTestDatabase } from '../support/databases.js';

const WORKER = '01900000-0000-7000-8000-000000000001';
const ascending = (one: number, other: number): number => one - other;
const newId = () => uuidv7(Date.now(), randomBytes(10));

const PROVEN = { proven: [1], probing: [] };

let dispose: () => Promise<void>;
let database: Database;

beforeEach(async () => {
  const testDatabase = await createTestDatabase('gateway');
  database = new Database({ url: testDatabase.url, connections: 4, name: 'test' });
  dispose = async () => {
    await database.close();
    await testDatabase.drop();
  };
  await query(
    `insert into route (name, position, currency, segments_per_second, tokens) values ('R', 1, 'HKD', 100000, 50000)`,
  );
  await query(`insert into price (country_code, currency, per_segment, version, valid_from, author)
    values (852, 'HKD', 0.35, 1, now(), 'test')`);
});

afterEach(() => dispose());

let counter = 0;
function query<Row extends object>(text: string, parameters: unknown[] = []): Promise<Row[]> {
  counter += 1;
  return database.run(statement<Row>(`test_${counter}`, text), parameters);
}

function submission(count: number, change: Partial<SubmissionRow> = {}): SubmissionRow {
  const now = Date.now();
  const msisdns = Array.from({ length: count }, (_, index) => String(67_000_000 + index));
  return {
    id: newSubmissionId(now, randomBytes(6)),
    appId: 1,
    routeId: 1,
    lane: 0,
    createdAt: now,
    dueAt: now,
    validUntil: now + 60_000,
    segments: 2,
    encoding: 0,
    sender: null,
    text: 'He said "hello", \\ {and} left',
    signature: null,
    signatureType: null,
    resendOnDoubt: false,
    metadata: '{"order":"7"}',
    warnings: null,
    currency: 'HKD',
    cost: (count * 0.7).toFixed(2),
    idempotency: undefined,
    countryCodes: msisdns.map(() => 852),
    msisdns,
    numberHashes: msisdns.map((msisdn) => BigInt(msisdn)),
    priceIds: msisdns.map(() => 1),
    packets: groupIntoPackets(msisdns, change.packets === undefined ? 200 : 1),
    holds: [{ id: newId(), priceId: 1, quantity: 2 * count, amount: (0.7 * count).toFixed(2) }],
    ...change,
  };
}

const claimSome = (limit = 10, window = 60_000, now = Date.now() + 1000) =>
  claim(database, {
    workerId: WORKER,
    attemptIds: Array.from({ length: limit }, newId),
    now,
    window,
    ...PROVEN,
    keptForNormal: Math.floor(limit / 10),
  });

function ended(packet: ClaimedPacket, verdicts: Verdict[], change: Partial<EndedAttempt> = {}): EndedAttempt {
  return { ...packet, outcome: 'answered', resultCode: 1, detail: null, verdicts, retries: [], ...change };
}

const settleAll = (
  attempts: EndedAttempt[],
  pauses: { routeId: number; reason: string; limit: number; probe: boolean }[] = [],
) => settle(database, { attempts, now: Date.now(), ledgerId: newId(), pauses, heardOf: [] });

const accepted = (packet: ClaimedPacket): Verdict[] =>
  packet.members.map((ordinal) => ({ kind: 'accepted', uid: `UID${packet.submissionId.slice(0, 8)}${ordinal}` }));

const balances = async () =>
  Object.fromEntries(
    (await query<{ kind: string; amount: string }>('select kind, amount from balance order by kind')).map(
      ({ kind, amount }) => [kind, Number(amount)],
    ),
  );
const statuses = async () =>
  (await query<{ status: number }>('select status from message order by submission_id, ordinal')).map(
    ({ status }) => status,
  );

describe('a packet that was wholly accepted', () => {
  const settledOf = async (ordinal: number) =>
    query('select status, acceptances, sms_uid, attempt_id::text from message where ordinal = $1', [ordinal]);
  const told = async () =>
    query<{ ordinals: string[]; statuses: number[]; previous: (number | null)[] }>(
      'select ordinals::text[], statuses, previous from outbox where not (1 = any (statuses)) order by id',
    );

  it('is stored around what a faster report of it has stored', async () => {
    await accept(database, [submission(5)]);
    const [packet] = await claimSome();
    await query(
      `update message set status = 3, acceptances = 1, sms_uid = 'early', attempt_id = $1 where ordinal = 3`,
      [packet.attemptId],
    );
    expect(await settleAll([ended(packet, accepted(packet))])).toEqual(new Set());
    expect(await statuses()).toEqual([2, 2, 3, 2, 2]);
    expect(await settledOf(3)).toMatchObject([{ sms_uid: 'early', acceptances: 1 }]);
    expect(await query('select ordinal from sms_uid order by ordinal')).toEqual(
      [1, 2, 4, 5].map((ordinal) => ({ ordinal })),
    );
    expect(await query(`select quantity, ordinal from ledger_entry where kind <> 'hold'`)).toEqual([
      { quantity: 8, ordinal: null },
    ]);
    expect((await told()).at(-1)).toMatchObject({ ordinals: ['{[1,3),[4,6)}'], statuses: [2] });
  });

  it('goes the long way where silence had ended one of its messages', async () => {
    await accept(database, [submission(205)]);
    const packets = await claimSome();
    const [{ attemptId }] = packets;
    await query(`update message set status = 8, reason = 1 where ordinal = 3`);
    expect(await settleAll(packets.map((packet) => ended(packet, accepted(packet))))).toEqual(new Set());
    expect(new Set(await statuses())).toEqual(new Set([2]));
    expect(await settledOf(3)).toMatchObject([{ status: 2, acceptances: 1, attempt_id: attemptId }]);
    expect(await query(`select kind, quantity from ledger_entry where ordinal is not null`)).toEqual([
      { kind: 'correction', quantity: 2 },
    ]);
    expect(await query('select from packet')).toEqual([]);
  });

  it('goes the long way where another attempt was accepted: that is a second SMS', async () => {
    await accept(database, [submission(2)]);
    const [packet] = await claimSome();
    const other = newId();
    await query(
      `update message set status = 2, acceptances = 1, sms_uid = 'other', attempt_id = $1 where ordinal = 2`,
      [other],
    );
    expect(await settleAll([ended(packet, accepted(packet))])).toEqual(new Set());
    expect(await settledOf(2)).toMatchObject([{ acceptances: 2, sms_uid: 'other', attempt_id: other }]);
    expect(await query('select ordinal, attempt_id::text from acceptance')).toEqual([
      { ordinal: 2, attempt_id: packet.attemptId },
    ]);
  });

  it('is stored beside packets of which that can not be said, each once', async () => {
    await accept(database, [submission(450)]);
    const [first, second, third] = await claimSome();
    const settlements = [
      ended(first, accepted(first)),
      ended(
        second,
        second.members.map(() => ({ kind: 'failed', reason: 7 })),
      ),
      ended(third, accepted(third)),
    ];
    expect(await settleAll(settlements)).toEqual(new Set());
    expect(await balances()).toEqual({ hold: 315, post: 175, release: 140 });
    expect(await settleAll(settlements)).toEqual(new Set(settlements.map(({ attemptId }) => attemptId)));
    expect(await balances()).toEqual({ hold: 315, post: 175, release: 140 });
  });
});

describe('from accept to answer', () => {
  it('stores, claims and settles a submission, and moves its money from held to spent', async () => {
    const row = submission(450);
    expect((await accept(database, [row])).replayed).toEqual(new Set());
    const packets = await claimSome();
    expect(packets.map(({ members }) => members.length)).toEqual([200, 200, 50]);
    expect(packets[2].msisdns).toEqual(row.msisdns.slice(400));
    expect(packets[0]).toMatchObject({ text: row.text, routeName: 'R', tries: 1, resent: false, halvedFrom: null });
    expect(await claimSome()).toEqual([]);
    expect(await settleAll(packets.map((packet) => ended(packet, accepted(packet))))).toEqual(new Set());
    expect(new Set(await statuses())).toEqual(new Set([2]));
    expect(await balances()).toEqual({ hold: 315, post: 315 });
    expect(await query('select * from packet')).toEqual([]);
    expect(await query('select * from attempt where outcome = 1')).toHaveLength(3);
    expect(await query('select * from sms_uid')).toHaveLength(450);
  });

  it('settles each number by its own verdict', async () => {
    await accept(database, [submission(4)]);
    const [packet] = await claimSome();
    const retries = [{ members: [4], dueAt: Date.now() + 600_000, resent: false, halvedFrom: null }];
    await settleAll([
      ended(
        packet,
        [{ kind: 'accepted', uid: 'A' }, { kind: 'failed', reason: 9 }, { kind: 'in_doubt' }, { kind: 'retry' }],
        { retries },
      ),
    ]);
    expect(await statuses()).toEqual([2, 8, 1, 0]);
    expect(await balances()).toEqual({ hold: 2.8, post: 0.7, release: 0.7 });
    expect(await query('select ordinal from doubt')).toEqual([{ ordinal: 3 }]);
    expect(await query('select members, tries from packet')).toEqual([{ members: [4], tries: 1 }]);
    expect(await claimSome()).toEqual([]);
  });

  it('changes nothing when the same outcome is stored twice', async () => {
    await accept(database, [submission(2)]);
    const [packet] = await claimSome();
    const outcome = ended(packet, accepted(packet));
    await settleAll([outcome]);
    expect(await settleAll([outcome])).toEqual(new Set([packet.attemptId]));
    expect(await balances()).toEqual({ hold: 1.4, post: 1.4 });
  });

  it('accepts an attempt without UIDs: its reports join by the attempt', async () => {
    await accept(database, [submission(1)]);
    const [packet] = await claimSome();
    await settleAll([ended(packet, [{ kind: 'accepted', uid: undefined }])]);
    expect(await statuses()).toEqual([2]);
    expect(await balances()).toEqual({ hold: 0.7, post: 0.7 });
  });
});

describe('doubt', () => {
  it('gives up attempts past their deadline, and a late answer still counts', async () => {
    await accept(database, [submission(2)]);
    const [packet] = await claimSome(1, -1);
    expect(await giveUp(database, Date.now())).toEqual([{ attempt_id: packet.attemptId, numbers: 2 }]);
    expect(await statuses()).toEqual([1, 1]);
    expect(await claimSome()).toEqual([]);
    expect(await settleAll([ended(packet, accepted(packet))])).toEqual(new Set());
    expect(await statuses()).toEqual([2, 2]);
    expect(await query('select * from doubt')).toEqual([]);
    expect(await balances()).toEqual({ hold: 1.4, post: 1.4 });
  });

  it('queues what was given up once more where the caller asked for it, and only once', async () => {
    await accept(database, [submission(1, { resendOnDoubt: true })]);
    await claimSome(1, -1);
    await giveUp(database, Date.now());
    const [again] = await claimSome(1, -1);
    expect(again.resent).toBe(true);
    await giveUp(database, Date.now());
    expect(await claimSome()).toEqual([]);
    expect(await statuses()).toEqual([1]);
  });

  it('posts a message that had been settled as failed as a correction', async () => {
    await accept(database, [submission(1)]);
    const [packet] = await claimSome(1, -1);
    await giveUp(database, Date.now());
    await query('update message set status = 8, reason = -2');
    await settleAll([ended(packet, accepted(packet))]);
    expect(await statuses()).toEqual([2]);
    expect(await balances()).toEqual({ hold: 0.7, correction: 0.7 });
  });

  it('puts claims of unknown outcome back', async () => {
    await accept(database, [submission(1)]);
    const [packet] = await claimSome();
    expect(await releaseClaims(database, [packet.attemptId, newId()])).toBe(1);
    const [again] = await claimSome();
    expect(again).toMatchObject({ packetId: packet.packetId, tries: 1 });
  });
});

describe('idempotency', () => {
  it('leaves out a submission whose key is taken, and finds the one that holds it', async () => {
    const idempotency = { key: 'k', fingerprint: Buffer.from('f') };
    const first = submission(3, { idempotency });
    const second = submission(3, { idempotency });
    await accept(database, [first]);
    expect((await accept(database, [second, submission(1)])).replayed).toEqual(new Set([second.id]));
    expect(await statuses()).toHaveLength(4);
    expect(await balances()).toEqual({ hold: 2.8 });
    expect(await findSubmission(database, 1, 'k')).toMatchObject({ id: first.id, msisdns: first.msisdns });
    expect(await findSubmission(database, 2, 'k')).toBeUndefined();
  });

  it('forgets a key after 24 hours', async () => {
    const idempotency = { key: 'k', fingerprint: Buffer.from('f') };
    await accept(database, [submission(1, { idempotency })]);
    await query(`update idempotency set created_at = now() - interval '25 hours'`);
    expect((await accept(database, [submission(1, { idempotency })])).replayed).toEqual(new Set());
  });
});

describe('flows and routes', () => {
  it('takes high packets first, shares among apps, and keeps a share for normal ones', async () => {
    const singles = Array.from({ length: 40 }, (_, index) => [index + 1]);
    await accept(database, [submission(40, { packets: singles })]);
    await accept(database, [submission(40, { packets: singles, appId: 2 })]);
    await accept(database, [submission(40, { packets: singles, appId: 3, lane: 1 })]);
    const packets = await claimSome(20);
    expect(packets).toHaveLength(20);
    const count = (appId: number) => packets.filter((packet) => packet.appId === appId).length;
    expect([count(3), count(1), count(2)]).toEqual([18, 1, 1]);
    expect(packets.slice(0, 18).every(({ lane }) => lane === 1)).toBe(true);
  });

  it('sends no more than the tokens of the route allow', async () => {
    await query('update route set segments_per_second = 20, tokens = 0, tokens_at = now()');
    const singles = Array.from({ length: 20 }, (_, index) => [index + 1]);
    await accept(database, [submission(20, { packets: singles })]);
    await query(`update route set tokens_at = now() - interval '1 hour'`);
    expect(await claimSome(20)).toHaveLength(5);
    // Ten of the eleven that half a second holds: too few are left for a sixth packet, whenever it is looked at.
    expect(await query('select round(tokens)::int as tokens from route')).toEqual([{ tokens: 1 }]);
  });

  it('rests a route after a failure, and sends again when it is over', async () => {
    await accept(database, [submission(1)]);
    const [packet] = await claimSome();
    const retry = { members: [1], dueAt: packet.dueAt, resent: false, halvedFrom: null };
    const notSent = ended(packet, [{ kind: 'retry' }], { outcome: 'not_sent', resultCode: null, retries: [retry] });
    await settleAll([notSent], [{ routeId: 1, reason: 'connect', limit: 30, probe: false }]);
    expect(await claimSome()).toEqual([]);
    await query(`update route set paused_until = now() - interval '1 second'`);
    expect(await claimSome()).toMatchObject([{ tries: 1 }]);
  });
});

describe('cancel', () => {
  it('takes a message out of its packet and releases its hold', async () => {
    const row = submission(2);
    await accept(database, [row]);
    const cancel = (ordinal: number, appId = 1) =>
      cancelMessage(database, { submissionId: row.id, ordinal, appId }, Date.now(), newId());
    expect(await cancel(1, 2)).toBe(false);
    expect(await cancel(1)).toBe(true);
    expect(await cancel(1)).toBe(false);
    expect(await balances()).toEqual({ hold: 1.4, release: 0.7 });
    const [packet] = await claimSome();
    expect(packet).toMatchObject({ members: [2], msisdns: [row.msisdns[1]] });
    expect(await cancel(2)).toBe(false);
    expect(await statuses()).toEqual([9, 0]);
  });
});

it('refuses to change the ledger', async () => {
  await accept(database, [submission(1)]);
  await expect(query('update ledger_entry set amount = 0')).rejects.toThrow('append-only');
  await expect(query('delete from ledger_entry')).rejects.toThrow('append-only');
  await expect(query('truncate ledger_entry')).rejects.toThrow('append-only');
});

describe('a route in question', () => {
  const unproven = (limit = 10, probing: number[] = []) =>
    claim(database, {
      workerId: WORKER,
      attemptIds: Array.from({ length: limit }, newId),
      now: Date.now() + 1000,
      window: 60_000,
      proven: [],
      probing,
      keptForNormal: 0,
    });

  it('sends one number, and the rest of its packet keeps its place', async () => {
    await accept(database, [submission(450)]);
    const probes = await unproven();
    expect(probes).toMatchObject([{ members: [1], probe: true, msisdns: ['67000000'] }]);
    expect(await unproven(10, [1])).toEqual([]);
    const packets = await claimSome();
    expect(packets.map(({ members }) => members.length).toSorted(ascending)).toEqual([50, 199, 200]);
    expect(packets.flatMap(({ members }) => members).toSorted(ascending)[0]).toBe(2);
  });

  it('that was stopped sends one probe for all processes, and goes on after an ANSWER', async () => {
    await accept(database, [submission(450)]);
    await query(`update route set failures = 3, pause_reason = 'x', paused_until = now() - interval '1 second'`);
    const [probe] = await claimSome();
    expect(probe).toMatchObject({ members: [1], probe: true });
    expect(await claimSome()).toEqual([]);
    await settle(database, {
      attempts: [ended(probe, accepted(probe))],
      now: Date.now(),
      ledgerId: newId(),
      pauses: [],
      heardOf: [1],
    });
    expect(await query('select failures, pause_reason, paused_until, stopped_at from route')).toEqual([
      { failures: 0, pause_reason: null, paused_until: null, stopped_at: null },
    ]);
    expect(await claimSome()).toHaveLength(3);
  });

  it('that reports have stopped is opened by a report of a probe, not by its ANSWER', async () => {
    await accept(database, [submission(2)]);
    const floor = newId();
    expect(await stopRoutes(database, [1], floor)).toEqual([{ id: 1, is_new: true }]);
    expect(await claimSome()).toEqual([]);
    await query(`update route set paused_until = now() - interval '1 second'`);
    const [probe] = await claimSome();
    expect(probe).toMatchObject({ probe: true });
    await settle(database, {
      attempts: [ended(probe, accepted(probe))],
      now: Date.now(),
      ledgerId: newId(),
      pauses: [],
      heardOf: [1],
    });
    expect(await routeHealth(database, 'R')).toMatchObject([{ pause_reason: 'LOCAL_REJECTED', failures: 1 }]);
    expect(await stopRoutes(database, [1], newId())).toEqual([{ id: 1, is_new: false }]);
    expect(await reopenRoutes(database, [{ routeId: 1, attemptId: floor }])).toEqual([]);
    expect(await reopenRoutes(database, [{ routeId: 1, attemptId: probe.attemptId }])).toEqual([1]);
    expect(await claimSome()).toHaveLength(1);
  });
});

describe('what waits beyond its validity', () => {
  it('fails without its route, and its hold is released', async () => {
    await accept(database, [submission(2), submission(1, { validUntil: Date.now() + 3_600_000 })]);
    await query(`update route set paused_until = now() + interval '1 hour'`);
    expect(await expirePackets(database, Date.now() + 60_001, 10, newId())).toEqual({ packets: 1, failed: 2 });
    expect((await statuses()).toSorted(ascending)).toEqual([0, 8, 8]);
    expect(await query('select distinct reason from message where status = 8')).toEqual([{ reason: -1 }]);
    expect(await balances()).toEqual({ hold: 2.1, release: 1.4 });
  });
});

describe('halving', () => {
  it('ends with the second number that fails alone: the rest fails with it', async () => {
    await accept(database, [submission(8)]);
    const refuse = async (packet: ClaimedPacket) => {
      const { members } = packet;
      const middle = Math.ceil(members.length / 2);
      const halvedFrom = packet.halvedFrom ?? packet.attemptId;
      const halves = [members.slice(0, middle), members.slice(middle)];
      const isAlone = members.length === 1;
      await settleAll([
        ended(
          packet,
          members.map(() => (isAlone ? { kind: 'failed', reason: 7 } : { kind: 'retry' })),
          {
            resultCode: 7,
            detail: 'x',
            retries: isAlone
              ? []
              : halves.map((half) => ({ members: half, dueAt: Date.now(), resent: false, halvedFrom })),
          },
        ),
      ]);
      return isAlone ? failHalved(database, halvedFrom, 7, Date.now(), newId()) : 0;
    };
    const failed: number[] = [];
    for (let attempts = 0; attempts < 40; attempts += 1) {
      const [packet] = await claimSome(1);
      if (packet === undefined) break;
      failed.push(await refuse(packet));
    }
    expect(failed.filter((count) => count > 0)).toEqual([6]);
    expect(new Set(await statuses())).toEqual(new Set([8]));
    expect(await balances()).toEqual({ hold: 5.6, release: 5.6 });
  });
});
