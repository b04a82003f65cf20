import { Client } from 'pg';

import { parseMoney, subtract, sum, toMoneyJson } from '../../src/billing/domain/money.js';
import { AttemptOutcome } from '../../src/database/statements/settlement.js';
import type { MessageView } from '../../src/messaging/message.view.js';
import { eventually } from '../support/eventually.js';
import { auditHalves, embeddedDatabase, Programs, type TestProgram } from '../support/program.js';

/** What is open at the kill is given up soon after it, yet not before the slowest answer of the sandbox file. */
const SHORT = { UIP_ANSWER_TIMEOUT: '2s' };
/** Leases of a dead process run for 30 seconds. */
const PATIENCE = { timeout: 120_000, interval: 200 };
/** Of the sandbox file's account. */
const BALANCE = parseMoney({ amount: '100000.00', currency: 'HKD' });
const PACKET = 200;
const PACKETS = 12;

/**
 * A bulk of twelve packets. Every other one holds a number whose packet is answered five seconds late (`*7005`): taken by
 * the platform at once, and open for so long.
 */
const NUMBERS = Array.from({ length: PACKETS * PACKET }, (_, index) => {
  const packet = Math.floor(index / PACKET);
  return index % PACKET === 7 && packet % 2 === 1 ? `+85262${10 + packet}7005` : `+8526100${1000 + index}`;
});

/** How many numbers are answered when the program is killed; the first: as soon as something is answered and something open. */
const MOMENTS = process.env.TEST_SIZE === 'long' ? [1, 400, 800, 1200, 1600, 2000, 2400] : [1];

const isDelivered = ({ status }: MessageView): boolean => status === 'delivered';

const programs = new Programs();
afterEach(() => programs.cleanUp());

/** Sends the bulk and waits until it is in the middle: some answered, some open, some not sent. */
async function sendHalfOf({ gateway }: TestProgram): Promise<string> {
  const { id } = await gateway.send({ to: NUMBERS, text: 'Your parcel is on its way.' });
  await eventually(
    async () => {
      const found = async (status: string): Promise<number> =>
        (await gateway.page({ submissionId: id, status, limit: 1 })).items.length;
      expect(await found('submitted,delivered')).toBe(1);
      expect(await found('sending')).toBe(1);
      expect(await found('queued')).toBe(1);
    },
    { ...PATIENCE, interval: 20 },
  );
  return id;
}

/**
 * Waits until all is sent, and all that the platform has taken (and charged, in one and the same statement) is delivered.
 * Gives all messages.
 */
async function untilDelivered({ gateway, platform }: TestProgram, submissionId: string): Promise<MessageView[]> {
  await eventually(async () => {
    const waiting = await gateway.messages({ submissionId, status: 'scheduled,queued,sending,submitted' });
    expect(waiting).toHaveLength(0);
  }, PATIENCE);
  return eventually(async () => {
    const messages = await gateway.messages({ submissionId });
    const costs = messages.filter(isDelivered).map(({ cost }) => parseMoney(cost));
    const charged = subtract(BALANCE, parseMoney(await platform.balance('demo')));
    expect(toMoneyJson(sum('HKD', costs))).toEqual(toMoneyJson(charged));
    return messages;
  }, PATIENCE);
}

/** How often the handset of each number has received it. */
async function receivedBy({ platform }: TestProgram, numbers: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const left = [...numbers];
  const lookUp = async (): Promise<void> => {
    for (let number = left.pop(); number !== undefined; number = left.pop()) {
      counts.set(number, (await platform.inbox(number)).length);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lookUp));
  return counts;
}

/** Nothing was received twice, and delivered is what was received. */
async function expectNothingTwice(program: TestProgram, messages: readonly MessageView[]): Promise<void> {
  const received = await receivedBy(program, NUMBERS);
  expect([...received].filter(([, count]) => count > 1)).toEqual([]);
  const once = NUMBERS.filter((number) => received.get(number) === 1);
  expect(
    messages
      .filter(isDelivered)
      .map(({ to }) => String(to))
      .toSorted(),
  ).toEqual(once.toSorted());
}

/** Asks a database directly. */
async function query<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

interface Attempt {
  readonly id: string;
  /** Ordinals. */
  readonly members: number[];
}

/** The attempts whose outcome nobody knew, by id. */
function doubtfulAttempts(url: string, submissionId: string): Promise<Attempt[]> {
  return query<Attempt>(
    url,
    'select id::text, members from attempt where submission_id = $1 and outcome = $2 order by id',
    [submissionId, AttemptOutcome.in_doubt],
  );
}

/** Waits until the server has noticed that the program is gone: what it was told last is committed or will never be. */
async function untilDisconnected(url: string): Promise<void> {
  await eventually(async () => {
    const sessions = await query(
      url,
      `select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    expect(sessions).toHaveLength(0);
  }, PATIENCE);
}

/** Waits until so many messages of a submission are answered. */
async function untilAnswered({ gateway }: TestProgram, submissionId: string, count: number): Promise<void> {
  await eventually(async () => {
    const answered = await gateway.messages({ submissionId, status: 'submitted,delivered' });
    expect(answered.length).toBeGreaterThanOrEqual(count);
  }, PATIENCE);
}

it.each(MOMENTS)(
  'kill -9 with %d answered: nothing is sent twice, only open attempts are in doubt',
  async (answered) => {
    const dataDir = programs.dataDirectory();
    const killed = await programs.start({ env: SHORT }, dataDir);
    const id = await sendHalfOf(killed);
    await untilAnswered(killed, id, answered);
    await killed.kill();

    const database = embeddedDatabase(dataDir, 'gateway');
    await untilDisconnected(database);
    const open = await query<Attempt>(
      database,
      'select attempt_id::text as id, members from packet where attempt_id is not null',
    );
    // On a slow machine an answer can be too late without a kill.
    const before = await doubtfulAttempts(database, id);
    if (answered === 1) expect(open.length).toBeGreaterThan(0);

    const program = await programs.start({}, dataDir);
    const messages = await untilDelivered(program, id);
    await expectNothingTwice(program, messages);

    // Exactly the open attempts were given up, as doubtful.
    const attempts = [...before, ...open];
    await eventually(async () => {
      const doubtful = await doubtfulAttempts(database, id);
      expect(doubtful.map(({ id }) => id)).toEqual(attempts.map(({ id }) => id).toSorted());
    }, PATIENCE);

    await auditHalves(database, embeddedDatabase(dataDir, 'platform'));

    // What the platform had taken of them has left doubt by its report; the rest nobody can know of, and nobody resends.
    const members = new Set(attempts.flatMap(({ members }) => members.map((ordinal) => NUMBERS[ordinal - 1])));
    const inDoubt = messages.filter(({ status }) => status === 'in_doubt');
    expect(inDoubt.filter(({ to }) => !members.has(to ?? ''))).toEqual([]);
    expect(messages.filter(isDelivered)).toHaveLength(NUMBERS.length - inDoubt.length);
    if (answered === 1) {
      const late = messages.filter(({ to }) => to?.endsWith('7005') === true && members.has(to));
      expect(late.map(({ status }) => status)).toContain('delivered');
    }
  },
  240_000,
);

it('SIGTERM in the middle of a bulk: what is under way is finished, and nothing is in doubt', async () => {
  const dataDir = programs.dataDirectory();
  const env = await programs.databaseVariables();
  const stopped = await programs.start({ env }, dataDir);
  const id = await sendHalfOf(stopped);
  expect(await stopped.stop()).toBe(0);
  expect(
    await query(env.DATABASE_URL, 'select attempt_id from packet where submission_id = $1 and attempt_id is not null', [
      id,
    ]),
  ).toEqual([]);

  const program = await programs.start({ env }, dataDir);
  const messages = await untilDelivered(program, id);
  expect(messages.filter((message) => !isDelivered(message))).toEqual([]);
  await expectNothingTwice(program, messages);
  expect(await doubtfulAttempts(env.DATABASE_URL, id)).toEqual([]);
}, 240_000);
