import type { StatementRunner } from '../../src/database/database.js';
import { takeForDoubt } from '../../src/database/statements/after-restore.js';
import { accept } from '../../src/database/statements/accept.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import { claim, releaseClaims } from '../../src/database/statements/claim.js';
import { expirePackets } from '../../src/database/statements/expire-packets.js';
import { failHalved } from '../../src/database/statements/fail-halved.js';
import { findApiKey } from '../../src/database/statements/find-api-key.js';
import { findSubmission } from '../../src/database/statements/find-submission.js';
import { giveUp } from '../../src/database/statements/give-up.js';
import { openDoubts, queueLanes } from '../../src/database/statements/queue-state.js';
import { settle } from '../../src/database/statements/settle.js';
import { settleAccepted } from '../../src/database/statements/settle-accepted.js';
import { endDoubts, endSubmitted } from '../../src/database/statements/settle-silence.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';
import { Planner } from '../support/plans.js';

const ID = '0190a000-0000-7000-8000-000000000000';
const CLAIM = { workerId: ID, attemptIds: [ID], now: 1, window: 1, proven: [1], probing: [], keptForNormal: 0 };
const SETTLEMENT = { attempts: [], now: 1, ledgerId: ID, pauses: [], heardOf: [] };

/** Each intent of sending, without values: its plan must not depend on any. */
const INTENTS: readonly (readonly [name: string, run: (planner: StatementRunner) => Promise<unknown>])[] = [
  ['accept', (planner) => accept(planner, [])],
  ['find_submission', (planner) => findSubmission(planner, 1, 'k')],
  ['find_api_key', (planner) => findApiKey(planner, Buffer.alloc(1), 1)],
  ['claim', (planner) => claim(planner, CLAIM)],
  ['release_claims', (planner) => releaseClaims(planner, [ID])],
  ['settle', (planner) => settle(planner, SETTLEMENT)],
  ['settle_accepted', (planner) => settleAccepted(planner, SETTLEMENT)],
  ['give_up', (planner) => giveUp(planner, 1)],
  ['expire_packets', (planner) => expirePackets(planner, 1, 10, ID)],
  ['fail_halved', (planner) => failHalved(planner, ID, 7, 1, ID)],
  ['cancel', (planner) => cancelMessage(planner, { submissionId: ID, ordinal: 1, appId: 1 }, 1, ID)],
  ['silence_end_doubts', (planner) => endDoubts(planner, { now: 1, before: 1, always: 1 }, ID, ID, 10)],
  ['silence_end_submitted', (planner) => endSubmitted(planner, 26, { now: 1, before: 1 }, ID, 10)],
  ['after_restore', (planner) => takeForDoubt(planner, [ID], 1)],
  ['queue_lanes', (planner) => queueLanes(planner)],
  ['queue_doubts', (planner) => openDoubts(planner)],
];

/** A row a route, an app or a flow; and what is read in the order of its index, up to a limit. */
const SMALL = new Set(['route', 'app', 'flow', 'price', 'balance', 'silence_walk']);
const IN_ORDER = new Set(['doubt_since', 'packet_attempt', 'packet_validity']);

let traffic: GatewayTraffic;
let planner: Planner;

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  planner = await Planner.connect(traffic.url);
});
afterAll(async () => {
  await planner.close();
  await traffic.drop();
});

describe('plans of sending that are made while the tables are empty', () => {
  it.each(INTENTS)('%s looks each row up in its index', async (_name, run) => {
    await run(planner);
    const wide = planner.looks().filter(({ isNarrow }) => !isNarrow);
    const names = wide.map(({ table, index }) => ({ table, index }));
    const bad = names.filter(({ table, index }) => !SMALL.has(table) && !IN_ORDER.has(index));
    expect([...new Set(bad.map(({ table, index }) => `${table} ${index}`))]).toEqual([]);
  });
});
