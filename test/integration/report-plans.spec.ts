import { Client } from 'pg';

import type { StatementRunner } from '../../src/database/database.js';
import { findMessage } from '../../src/database/statements/message-find.js';
import { attemptsOf, reportsOf } from '../../src/database/statements/message-history.js';
import { listMessages, type MessageFilter } from '../../src/database/statements/message-list.js';
import { APPLY_REPORTS, applyReportsParameters } from '../../src/database/statements/report-apply.js';
import { LOCATE_BY_ATTEMPT, locateByAttemptParameters } from '../../src/database/statements/report-locate.js';
import {
  FIND_ACCEPTANCES,
  LOCK_MESSAGES,
  lockMessagesParameters,
} from '../../src/database/statements/report-lock-messages.js';
import { SET_REPORT_ASIDE } from '../../src/database/statements/report-set-aside.js';
import { TAKE_REPORTS } from '../../src/database/statements/report-take.js';
import type { Statement } from '../../src/database/statement.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const ID = '0190a000-0000-7000-8000-000000000000';
const KEY = { submissionId: ID, ordinal: 1 };
let traffic: GatewayTraffic;
let client: Client;

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

/** Every look at a table, as "table index", that reads more of it than the index narrows down to. */
function wholeReads(node: PlanNode): string[] {
  const { 'Node Type': type, 'Index Name': index, 'Index Cond': condition, 'Relation Name': table } = node;
  const isScan = type === 'Seq Scan' || type === 'Index Scan' || type === 'Index Only Scan';
  const own = isScan && condition === undefined ? [`${type} ${table ?? ''} ${index ?? ''}`] : [];
  return [...own, ...(node.Plans ?? []).flatMap(wholeReads)];
}

/** Looks at messages that do not name the one that is meant: what lies between two ids may be all of a day. */
function rangesOfMessages(node: PlanNode): string[] {
  const { 'Index Name': index = '', 'Index Cond': condition = '' } = node;
  const own = /^message_\d+_pkey$/.test(index) && !condition.includes('ordinal') ? [`${index} ${condition}`] : [];
  return [...own, ...(node.Plans ?? []).flatMap(rangesOfMessages)];
}

/** Names of the indexes that a plan reads. */
function indexesOf(node: PlanNode): string[] {
  return [node['Index Name'] ?? '', ...(node.Plans ?? []).flatMap(indexesOf)];
}

async function planOf(statement: Statement<object>, parameters: readonly unknown[]): Promise<PlanNode> {
  await client.query(`prepare planned as ${statement.text}`);
  const literals = parameters.map((value) => (value === null ? 'null' : `'${value as string | number}'`)).join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `explain (format json) execute planned${literals === '' ? '' : `(${literals})`}`,
  );
  await client.query('deallocate planned');
  const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
  if (plan === undefined) throw new Error('no plan');
  return plan.Plan;
}

/** Catches the statements that a query runs, with their plans. */
class Planner implements StatementRunner {
  readonly plans: PlanNode[] = [];

  async run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    this.plans.push(await planOf(statement, parameters));
    return [];
  }
}

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  // What autovacuum leaves behind when it comes by while the queues are empty: the worst that a plan can be made on.
  await traffic.rows('vacuum analyze');
  // As the program's own connections have it.
  const [settings] = await traffic.rows<{ options: string }>(
    `select string_agg('-c ' || name || '=' || setting, ' ') as options from pg_settings where source = 'client' and name ~ '^(enable_|jit$|plan_cache_mode)'`,
  );
  client = new Client({ connectionString: traffic.url, options: settings?.options });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await traffic.drop();
});

describe('plans that are made while the tables are empty', () => {
  const update = {
    ...KEY,
    status: 3,
    smsState: 2,
    statusAt: 1,
    smsUid: 'U',
    isTold: true,
    corrects: undefined,
    attemptId: ID,
    more: 0,
    deliveryMs: null,
  };
  const line = {
    id: ID,
    appId: 1,
    priceId: 1,
    quantity: 1,
    kind: 'post',
    from: 'held',
    to: 'spent',
    sourceId: ID,
    ordinal: 1,
  };
  const changes = {
    now: 1,
    messages: [update],
    learned: [{ ...KEY, uid: 'U', attemptId: ID }],
    doubts: [{ ...KEY, attemptId: ID }],
    further: [{ ...KEY, attemptId: ID, smsUid: 'U', smsState: 2, at: 1 }],
    ledger: [line],
    alarms: [{ ...KEY, reportId: ID, cause: 'other_uid' }],
    done: [ID],
    retries: [{ reportId: ID, pause: 1 }],
  };

  it.each([
    [TAKE_REPORTS.name, TAKE_REPORTS, [1000]],
    [LOCATE_BY_ATTEMPT.name, LOCATE_BY_ATTEMPT, locateByAttemptParameters([{ attemptId: ID, numberHash: 1n }])],
    [LOCK_MESSAGES.name, LOCK_MESSAGES, lockMessagesParameters([KEY])],
    [FIND_ACCEPTANCES.name, FIND_ACCEPTANCES, lockMessagesParameters([KEY])],
    [APPLY_REPORTS.name, APPLY_REPORTS, applyReportsParameters(changes)],
    [SET_REPORT_ASIDE.name, SET_REPORT_ASIDE, [ID, 1]],
  ] as const)('%s reads no table whole', async (_name, statement, parameters) => {
    const plan = await planOf(statement, parameters);
    expect(wholeReads(plan)).toEqual([]);
    expect(rangesOfMessages(plan)).toEqual([]);
    if (statement === LOCATE_BY_ATTEMPT) expect(indexesOf(plan).join(' ')).not.toMatch(/message_\d+_pkey/);
  });

  it('queries read no table whole, and numbers are looked up by their index', async () => {
    const planner = new Planner();
    const filter: MessageFilter = {
      appId: 1,
      lowestId: ID,
      highestId: ID,
      after: undefined,
      createdFrom: undefined,
      createdTo: undefined,
      countryCode: undefined,
      routeId: undefined,
      numberHash: undefined,
      statuses: { stored: [3], packet: ['queued'] },
    };
    const page = { limit: 50, budget: 1000, now: 1 };
    await findMessage(planner, KEY, 1);
    await attemptsOf(planner, KEY);
    await reportsOf(planner, 'U');
    await listMessages(planner, filter, page);
    await listMessages(planner, { ...filter, numberHash: 1n }, page);
    expect(planner.plans.flatMap(wholeReads)).toEqual([]);
    const [find, attempts, reports, , byNumber] = planner.plans.map((plan) => indexesOf(plan).join(' '));
    expect(find).not.toMatch(/message_\d+_app_id/);
    expect(attempts).not.toMatch(/attempt_\d+_pkey/);
    expect(reports).not.toMatch(/report_\d+_pkey/);
    expect(byNumber).not.toMatch(/message_\d+_pkey/);
  });
});
