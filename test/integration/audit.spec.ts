import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { Client } from 'pg';

import { type AuditOptions, runAudit } from '../../scripts/audit/audit.js';
import { parseAccepted, parseAnswer, parseStatementRow, type StatementRow } from '../../scripts/audit/evidence.js';
import { auditLines } from '../../scripts/audit/print.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import type { Verdict } from '../../src/database/statements/settlement.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { uuidv7 } from '../../src/uuid.js';
import { assertCleanBooks, auditFaults } from '../support/audit.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';

/** Tables that are spoilt below, and restored. */
const TABLES = ['ledger_entry', 'balance', 'message', 'sms_uid', 'aggregate_delta', 'packet', 'submission'];
const PRICE = 0.35;

let traffic: GatewayTraffic;
/** Past every trigger, as nobody but a fault or a culprit is. */
let culprit: Client;
let accepted: Sent;
let partly: Sent;
let doubtful: Sent;
let waiting: string;
let rejected: Sent;
let solved: Sent;

const uidOf = (number: string): string => `U${number}`;
const accept = (numbers: readonly string[]): Verdict[] =>
  numbers.map((number) => ({ kind: 'accepted', uid: uidOf(number) }));

/** Messages of every kind of end, by the statements that the gateway itself stores them by. */
async function makeWorld(): Promise<void> {
  accepted = await traffic.send(['60000001', '60000002', '60000003'], { segments: 2 });
  await traffic.answer(accepted, accept(accepted.numbers));
  partly = await traffic.send(['60000011', '60000012']);
  await traffic.answer(partly, [...accept(['60000011']), { kind: 'failed', reason: 4 }]);
  doubtful = await traffic.send(['60000021']);
  await traffic.answer(doubtful, [{ kind: 'in_doubt' }], 'in_doubt');
  waiting = await traffic.submit(['60000031', '60000032']);
  rejected = await traffic.send(['60000041']);
  await traffic.answer(rejected, accept(rejected.numbers));
  solved = await traffic.send(['60000051']);
  await traffic.answer(solved, [{ kind: 'in_doubt' }], 'in_doubt');
  const cancelled = await traffic.submit(['60000061']);
  const ledgerId = uuidv7(Date.now(), randomBytes(10));
  await cancelMessage(
    traffic.database,
    { submissionId: cancelled, ordinal: 1, appId: traffic.appId },
    Date.now(),
    ledgerId,
  );
  const writer = new ReportWriter(traffic.database);
  await writer.store([traffic.report(rejected, uidOf('60000041'), 60)]);
  await writer.store([traffic.report(solved, uidOf('60000051'), 2)]);
  const applier = new ReportApplier(
    traffic.database,
    new ReportLocator(traffic.secrets),
    traffic.clock,
    pino({ level: 'silent' }),
  );
  await applier.apply(100);
}

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  await traffic.rows(
    `insert into price (country_code, currency, per_segment, version, valid_from, author)
     values (852, 'HKD', 0.5, 2, now() + interval '1 day', 'test')`,
  );
  await makeWorld();
  culprit = new Client({ connectionString: traffic.url, options: '-c session_replication_role=replica' });
  await culprit.connect();
  for (const table of TABLES) await culprit.query(`create table good_${table} as select * from ${table}`);
});
afterAll(async () => {
  await culprit.end();
  await traffic.drop();
});

async function restore(): Promise<void> {
  for (const table of TABLES) {
    const identity = table === 'packet' ? 'overriding system value' : '';
    await culprit.query(`delete from ${table}`);
    await culprit.query(`insert into ${table} ${identity} select * from good_${table}`);
  }
}

const audit = async (options: Partial<AuditOptions> = {}): Promise<string[]> =>
  auditFaults(await runAudit({ gateway: traffic.url, ...options }));
const checksOf = (faults: readonly string[]): string[] => [
  ...new Set(faults.map((fault) => fault.slice(0, fault.indexOf(':')))),
];

describe('the books', () => {
  afterEach(restore);

  it('are in order after every kind of end', async () => {
    const result = await runAudit({ gateway: traffic.url });
    expect(auditFaults(result)).toEqual([]);
    expect(result.clean).toBe(true);
    expect(result.checks.find(({ name }) => name === 'net posts')?.lookedAt).toBe(7);
    expect(auditLines(result).at(-1)).toBe('Nothing was found.');
  });

  it('names the rows that are at fault', async () => {
    await culprit.query(`delete from ledger_entry where source_id = $1 and kind = 'post'`, [accepted.attemptId]);
    const lines = auditLines(await runAudit({ gateway: traffic.url })).join('\n');
    expect(lines).toContain(
      `submission: ${accepted.submissionId}; price: ${traffic.priceId}; segmentsInEntries: 0; segmentsInMessages: 6`,
    );
    expect(lines).toMatch(/\d+ checks failed\.$/);
    await expect(assertCleanBooks({ gateway: traffic.url })).rejects.toThrow(accepted.submissionId);
  });

  it.each([
    [
      'a post that is missing, the balance with it',
      `with gone as (delete from ledger_entry where source_id = '$accepted' returning amount)
       update balance set amount = balance.amount - gone.amount from gone where kind = 'post'`,
      ['open holds', 'net posts', 'held in total', 'aggregates'],
    ],
    [
      'a release that is missing',
      `delete from ledger_entry where source_id = '$partly' and kind = 'release'`,
      ['open holds', 'balances'],
    ],
    [
      'an amount that was changed',
      `update ledger_entry set amount = amount - 0.01 where source_id = '$accepted'`,
      ['entry amount', 'balances'],
    ],
    [
      'a post that was made twice, the balance with it',
      `with more as (
         insert into ledger_entry select overlay(id::text placing 'ffffffff' from 29)::uuid, at, app_id, price_id, quantity, kind, from_account, to_account,
           currency, amount, source_id, ordinal from (
             select * from ledger_entry where source_id = '$accepted') l returning amount)
       update balance set amount = balance.amount + more.amount from more where kind = 'post'`,
      ['open holds', 'net posts', 'attempts', 'held in total', 'aggregates'],
    ],
    [
      'a balance that is off',
      `update balance set amount = amount + 0.35 where kind = 'hold'`,
      ['balances', 'held in total'],
    ],
    ['a balance that is gone', `delete from balance where kind = 'reversal'`, ['balances']],
    [
      'a message that was accepted without a post',
      `update message set status = 2, acceptances = 1 where submission_id = '$waiting' and ordinal = 1`,
      ['open holds', 'net posts', 'held in total'],
    ],
    [
      'an entry at another price',
      `update ledger_entry set price_id = (select max(id) from price), amount = quantity * 0.5 where source_id = '$accepted'`,
      ['open holds', 'net posts', 'balances', 'aggregates'],
    ],
    [
      'a hold of fewer segments',
      `update ledger_entry set quantity = 5, amount = 1.75 where source_id = '$submission' and kind = 'hold'`,
      ['holds', 'open holds', 'balances'],
    ],
    [
      'a post that went to another app',
      `update ledger_entry set app_id = app_id + 1 where source_id = '$accepted'`,
      ['entry cause', 'balances', 'aggregates'],
    ],
    [
      'a post of an attempt that nobody made',
      `update ledger_entry set source_id = gen_random_uuid() where source_id = '$accepted'`,
      ['open holds', 'net posts'],
    ],
    [
      'a reversal that took from what was held',
      `update ledger_entry set from_account = 'held' where kind = 'reversal'`,
      ['entry accounts', 'open holds', 'net posts', 'aggregates'],
    ],
    ['a message that waits for nobody', `delete from packet where submission_id = '$waiting'`, ['waiting']],
    [
      'a message that was moved to another status',
      `update message set acceptances = 0 where submission_id = '$submission' and ordinal = 2`,
      ['net posts', 'messages'],
    ],
    [
      'a message that is gone',
      `delete from message where submission_id = '$submission' and ordinal = 3`,
      ['holds', 'net posts', 'messages', 'uids'],
    ],
    [
      'a UID that was given to another message',
      `update sms_uid set submission_id = '$waiting', ordinal = 1 where uid = 'U60000001'`,
      ['uids'],
    ],
    [
      'aggregates that have drifted',
      `update aggregate_delta set charged = charged + 1 where ctid = (select min(ctid) from aggregate_delta where charged > 0)`,
      ['aggregates'],
    ],
  ])('%s', async (_case, spoil, expected) => {
    await culprit.query(
      spoil
        .replaceAll('$accepted', accepted.attemptId)
        .replaceAll('$submission', accepted.submissionId)
        .replaceAll('$partly', partly.attemptId)
        .replaceAll('$waiting', waiting),
    );
    expect(checksOf(await audit())).toEqual(expect.arrayContaining(expected));
  });
});

describe("the platform's statement", () => {
  const row = (number: string, segments: number, state: number | null, amount: number): StatementRow => ({
    uid: uidOf(number),
    acceptedAt: new Date().toISOString(),
    countryCode: 852,
    msisdn: number,
    segments,
    unitPrice: String(PRICE),
    amount: amount.toFixed(2),
    currency: 'HKD',
    state,
  });
  const rows = (): StatementRow[] => [
    ...['60000001', '60000002', '60000003'].map((number) => row(number, 2, 2, 0.7)),
    row('60000011', 1, null, 0.35),
    row('60000041', 1, 60, 0),
    row('60000051', 1, 2, 0.35),
  ];
  const compare = (changed: readonly StatementRow[]): Promise<string[]> =>
    audit({ statementRows: changed, complete: true });
  const change = (uid: string, more: Partial<StatementRow>): StatementRow[] =>
    rows().map((row) => (row.uid === uid ? { ...row, ...more } : row));

  it('agrees', async () => {
    expect(await compare(rows())).toEqual([]);
  });

  it('may charge what is in doubt here', async () => {
    expect(await compare([...rows(), row('60000021', 1, 2, 0.35)])).toEqual([]);
  });

  it.each<[string, () => StatementRow[], string]>([
    ['lacks a row', () => rows().slice(1), 'missing there'],
    ['has one of nobody', () => [...rows(), row('69999999', 1, 2, 0.35)], 'missing here'],
    ['has one twice', () => [...rows(), ...rows().slice(0, 1)], 'several rows'],
    ['counts other segments', () => change('U60000001', { segments: 3, amount: '1.05' }), 'segments'],
    ['has another price', () => change('U60000001', { unitPrice: '0.36', amount: '0.72' }), 'unit price'],
    ['charges what was rejected', () => change('U60000041', { amount: '0.35' }), 'amount'],
    ['has another number', () => change('U60000001', { msisdn: '60000009' }), 'number'],
    ['has another currency', () => change('U60000001', { currency: 'USD' }), 'currency'],
  ])('%s', async (_case, changed, what) => {
    const faults = await compare(changed());
    expect(faults.filter((fault) => fault.startsWith('statement rows')).join('\n')).toContain(`"what":"${what}"`);
  });

  it('covers its own months only, unless it is said to be complete', async () => {
    const earlier = rows()
      .slice(0, 1)
      .map((row) => ({ ...row, acceptedAt: '2026-01-15T12:00:00+08:00' }));
    expect(await audit({ statementRows: earlier })).toEqual([]);
    expect(checksOf(await audit({ statementRows: earlier, complete: true }))).toEqual([
      'statement rows',
      'statement total',
    ]);
  });
});

describe('what a client kept', () => {
  const money = (amount: string) => ({ amount, currency: 'HKD' });
  const body = (more: object = {}): string =>
    JSON.stringify({
      id: accepted.submissionId,
      encoding: 'gsm7',
      segments: 2,
      cost: money('2.10'),
      messages: accepted.numbers.map((number, index) => ({
        id: traffic.messageId(accepted, index + 1),
        to: `+852${number}`,
        status: 'queued',
        segments: 2,
        price: money('0.35'),
        cost: money('0.70'),
      })),
      ...more,
    });
  const answer = (entries: readonly [number: string, uid: string, code: number][]): string =>
    JSON.stringify({
      METHOD: 'SMS_SEND_REQUEST',
      TYPE: 'ANSWER',
      SERIAL: 1,
      RESULT_CODE: 1,
      DETAIL_LIST: entries.map(([DEST_MSISDN, SMS_UID, RESULT_CODE]) => ({
        COUNTRY_CODE: 852,
        DEST_MSISDN,
        SMS_UID,
        RESULT_CODE,
        RESULT_DESC: 'x',
      })),
    });

  it('202 bodies agree, kept twice or not', async () => {
    expect(await audit({ acceptedTexts: [body(), body()] })).toEqual([]);
  });

  it.each<[string, () => string, string]>([
    [
      'of no submission',
      () => body().replaceAll(accepted.submissionId.slice(0, 28), waiting.slice(0, 28).replace(/^./, 'f')),
      'no such submission',
    ],
    ['of another cost', () => body({ cost: money('2.09') }), 'cost is not what was held'],
    ['with another price', () => body().replaceAll('"0.35"', '"0.34"'), 'price'],
    ['with other segments', () => body().replaceAll('"segments":2,"price"', '"segments":1,"price"'), 'segments'],
    ['with another number', () => body().replace('+85260000001', '+85260000009'), 'number'],
    ['with fewer messages', () => body({ messages: [] }), 'number of messages'],
  ])('a 202 body %s', async (_case, text, what) => {
    expect((await audit({ acceptedTexts: [text()] })).join('\n')).toContain(`"what":"${what}"`);
  });

  it('ANSWERs agree: what was accepted, refused, or is in doubt here', async () => {
    const texts = [
      answer([
        ['60000011', 'U60000011', 1],
        ['60000012', 'X', 0x10000004],
      ]),
      answer([['60000021', 'Y', 1]]),
      answer([['60000041', 'U60000041', 1]]),
    ];
    expect(await audit({ answerTexts: texts })).toEqual([]);
  });

  it.each<[string, () => string, string]>([
    ['accepted what nobody knows of', () => answer([['69999999', 'Z', 1]]), 'no such SMS_UID'],
    ['refused what counts as accepted', () => answer([['60000011', 'U60000011', 15]]), 'accepted here, refused there'],
    ['was for another number', () => answer([['60000012', 'U60000011', 1]]), 'number'],
  ])('an ANSWER %s', async (_case, text, what) => {
    expect((await audit({ answerTexts: [text()] })).join('\n')).toContain(`"what":"${what}"`);
  });

  it('is read from files and directories; what can not be read is a finding', async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-audit-'));
    try {
      fs.writeFileSync(path.join(directory, 'one.json'), JSON.stringify(JSON.parse(body()), null, 2));
      fs.writeFileSync(path.join(directory, 'more.ndjson'), `${body()}\n\n{"id":\n`);
      const statement = path.join(directory, 'statement.csv');
      fs.writeFileSync(
        statement,
        'sms_uid,accepted_at,country_code,msisdn,segments,unit_price,amount,currency,state\n' +
          'U60000001,2026-01-15 12:00:00,852,60000001,2,0.35,0.70,HKD,2\nnonsense\n',
      );
      const faults = await audit({ accepted: [directory], statements: [statement] });
      expect(faults).toEqual([
        'evidence: {"where":"statement.csv:3","why":"it has 1 fields, not 9"}',
        'evidence: {"where":"more.ndjson:3","why":"it is not JSON"}',
      ]);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  it.each([
    () => parseAccepted('[]'),
    () => parseAccepted('{"id":"x"}'),
    () => parseAnswer('{"TYPE":"REQUEST"}'),
    () => parseAnswer('{"METHOD":"SMS_SEND_REQUEST","TYPE":"ANSWER","DETAIL_LIST":[{"SMS_UID":""}]}'),
    () => parseStatementRow('U,2026-01-15,852,6,1,0.35,0.35,HKD,2'),
    () => parseStatementRow('U,2026-01-15 12:00:00,852,6,1.5,0.35,0.35,HKD,2'),
  ])('is refused where its shape is another', (parse) => {
    expect(parse).toThrow(expect.objectContaining({ code: 'unreadable_evidence' }));
  });
});

describe('npm run audit', () => {
  afterEach(restore);

  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [path.resolve('dist/scripts/audit/main.js'), ...args],
      {
        env: { ...process.env, DATABASE_URL: traffic.url },
        encoding: 'utf8',
      },
    );
    return { status, stdout, stderr };
  };

  it('exits with 0 when nothing is found, with 1 when something is, and says what; with 2 when it can not be made', async () => {
    expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('Nothing was found.') });
    await culprit.query(`update balance set amount = amount + 1 where kind = 'post'`);
    const found = run('--json', '--limit', '1');
    expect(found.status).toBe(1);
    const { clean, checks } = JSON.parse(found.stdout) as {
      clean: boolean;
      checks: { name: string; findings: object[] }[];
    };
    expect(clean).toBe(false);
    expect(checks.find(({ name }) => name === 'balances')?.findings).toEqual([
      { app: traffic.appId, currency: 'HKD', kind: 'post', balance: '4.15', entries: '3.15' },
    ]);
    expect(run('--nonsense')).toMatchObject({ status: 2, stderr: expect.stringContaining('usage: npm run audit') });
    expect(run('--accepted', '/nowhere.ndjson')).toMatchObject({ status: 2 });
  });
});
