import { randomBytes } from 'node:crypto';
import { MessageQueryService, MessageNotFoundError } from '../../src/messaging/message-query.service.js';
import { MessageListQuery } from '../../src/messaging/message-query.dto.js';
import { InvalidRequestError, validate } from '../../src/rest/validation.pipe.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { pino } from 'pino';
import { listMessages, type MessageFilter } from '../../src/database/statements/message-list.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const DAY = 86_400_000;
let traffic: GatewayTraffic;
let queries: MessageQueryService;
let serial = 0;

const number = (): string => String(60_000_000 + serial++);
const uid = (): string => randomBytes(16).toString('hex').toUpperCase();

async function list(parameters: Record<string, unknown> = {}, appId = traffic.appId) {
  return queries.list(appId, validate(MessageListQuery, parameters));
}

/** All pages of a list. */
async function listAll(parameters: Record<string, unknown>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await list({ ...parameters, ...(cursor === null ? {} : { cursor }) });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  queries = new MessageQueryService(traffic.database, traffic.clock, traffic.secrets, await traffic.routes());
});

afterAll(() => traffic.drop());

describe('one message', () => {
  it('is shown whole, from queued to delivered', async () => {
    const createdAt = traffic.clock.now();
    const numbers = [number(), number()];
    const submissionId = await traffic.submit(numbers, { segments: 2, metadata: { order: 'é7' } });
    const id = traffic.messageId({ submissionId }, 2);
    const queued = await queries.find(traffic.appId, id);
    expect(queued).toEqual({
      id,
      furtherAcceptances: [],
      submissionId,
      to: `+852${numbers[1]}`,
      from: 'Sender',
      route: 'R1',
      status: 'queued',
      reason: null,
      smsUid: null,
      smsState: null,
      encoding: 'gsm7',
      segments: 2,
      price: { amount: '0.35', currency: 'HKD' },
      cost: { amount: '0.70', currency: 'HKD' },
      metadata: { order: 'é7' },
      createdAt: new Date(createdAt).toISOString(),
      sendAt: new Date(createdAt).toISOString(),
      validUntil: new Date(createdAt + DAY).toISOString(),
      statusAt: null,
      events: [{ at: new Date(createdAt).toISOString(), status: 'queued' }],
    });
    traffic.clock.time += 1000;
    const sent = await traffic.claim(submissionId, numbers);
    expect(await queries.find(traffic.appId, id)).toMatchObject({ status: 'sending' });
    traffic.clock.time += 1000;
    const uids = [uid(), uid()];
    await traffic.answer(
      sent,
      uids.map((smsUid) => ({ kind: 'accepted' as const, uid: smsUid })),
    );
    traffic.clock.time += 1000;
    const applier = new ReportApplier(
      traffic.database,
      new ReportLocator(traffic.secrets),
      traffic.clock,
      pino({ level: 'silent' }),
    );
    await new ReportWriter(traffic.database).store([
      traffic.report(sent, uids[1] ?? '', 2, { msisdn: numbers[1] }),
      // Nobody of ours: kept, alarmed, and no event.
      traffic.report(sent, uids[1] ?? '', 8, { msisdn: '69999999' }),
    ]);
    await applier.apply(100);
    const delivered = await queries.find(traffic.appId, id.toUpperCase());
    expect(delivered).toMatchObject({ status: 'delivered', smsUid: uids[1], smsState: 2 });
    expect(delivered.events).toEqual([
      { at: new Date(createdAt).toISOString(), status: 'queued' },
      { at: new Date(createdAt + 1000).toISOString(), status: 'sending' },
      { at: new Date(createdAt + 2000).toISOString(), status: 'submitted' },
      { at: new Date(createdAt + 3000).toISOString(), status: 'delivered', smsState: 2 },
    ]);
  });

  it('costs nothing when it failed, and says why', async () => {
    const sent = await traffic.send([number()]);
    await traffic.answer(sent, [{ kind: 'failed', reason: 0x1000_000f }]);
    expect(await queries.find(traffic.appId, traffic.messageId(sent))).toMatchObject({
      status: 'failed',
      reason: 'Unpriced_area',
      price: { amount: '0.35', currency: 'HKD' },
      cost: { amount: '0.00', currency: 'HKD' },
    });
  });

  it("is not found by another app, under a submission's id, or under nonsense", async () => {
    const submissionId = await traffic.submit([number()]);
    const id = traffic.messageId({ submissionId });
    await expect(queries.find(traffic.appId + 1, id)).rejects.toThrow(MessageNotFoundError);
    await expect(queries.find(traffic.appId, submissionId)).rejects.toThrow(MessageNotFoundError);
    await expect(queries.find(traffic.appId, traffic.messageId({ submissionId }, 2))).rejects.toThrow(
      MessageNotFoundError,
    );
    await expect(queries.find(traffic.appId, 'nonsense')).rejects.toThrow(MessageNotFoundError);
  });
});

describe('the list', () => {
  it('is newest first and whole over its pages', async () => {
    const mine: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const submissionId = await traffic.submit([number(), number(), number()]);
      for (const ordinal of [1, 2, 3]) mine.unshift(traffic.messageId({ submissionId }, ordinal));
      await traffic.submit([number()], { appId: traffic.appId + 7 });
    }
    const all = await listAll({ limit: '4' });
    expect(all.slice(0, 15)).toEqual(mine.toSorted((one, other) => (one < other ? 1 : -1)));
    expect(new Set(all).size).toBe(all.length);
    expect(await listAll({ limit: '1000' })).toEqual(all);
  });

  it('is bounded by submission, country, route, time and number', async () => {
    const createdAt = traffic.clock.now() + 5000;
    const [mine, other] = [number(), number()];
    const submissionId = await traffic.submit([mine, other], { createdAt });
    const ids = [2, 1].map((ordinal) => traffic.messageId({ submissionId }, ordinal));
    const from = new Date(createdAt).toISOString();
    const to = new Date(createdAt + 1).toISOString();
    expect(await listAll({ submissionId })).toEqual(ids);
    expect(await listAll({ createdFrom: from })).toEqual(ids);
    expect(await listAll({ createdFrom: from, createdTo: to, country: '852', route: 'R1' })).toEqual(ids);
    expect(await listAll({ createdFrom: to })).toEqual([]);
    expect(await listAll({ submissionId, createdTo: from })).toEqual([]);
    expect(await listAll({ submissionId, country: '86' })).toEqual([]);
    expect(await listAll({ to: `+852${mine}` })).toEqual([ids[1]]);
    expect(await listAll({ to: ` 852${mine}` })).toEqual([ids[1]]);
    expect((await list({ to: `+852${mine}` }, traffic.appId + 1)).items).toEqual([]);
    expect(await listAll({ to: `+852${mine}`, submissionId, limit: '1' })).toEqual([ids[1]]);
  });

  it('finds by status, stored or read from the packet', async () => {
    const createdFrom = new Date(traffic.clock.now() + 60_000).toISOString();
    traffic.clock.time += 60_000;
    const now = traffic.clock.now();
    const scheduled = await traffic.submit([number()], { dueAt: now + 3_600_000 });
    const queued = await traffic.submit([number()]);
    const sending = await traffic.send([number()]);
    const submitted = await traffic.send([number(), number()]);
    await traffic.answer(submitted, [{ kind: 'accepted', uid: uid() }, { kind: 'in_doubt' }]);
    const found = async (status: string) =>
      (await list({ createdFrom, status })).items.map((item) => [item.id, item.status]);
    expect(await found('scheduled')).toEqual([[traffic.messageId({ submissionId: scheduled }), 'scheduled']]);
    expect(await found('queued')).toEqual([[traffic.messageId({ submissionId: queued }), 'queued']]);
    expect(await found('sending')).toEqual([[traffic.messageId(sending), 'sending']]);
    expect(await found('in_doubt,submitted')).toHaveLength(2);
    expect(await found('delivered')).toEqual([]);
  });

  it('goes on from where the budget ended, and ends only with null', async () => {
    const submissionId = await traffic.submit(Array.from({ length: 25 }, number));
    await traffic.rows('update message set status = 3 where submission_id = $1 and ordinal in (3, 11)', [submissionId]);
    const filter: MessageFilter = {
      appId: traffic.appId,
      lowestId: submissionId,
      highestId: submissionId,
      after: undefined,
      createdFrom: undefined,
      createdTo: undefined,
      countryCode: undefined,
      routeId: undefined,
      numberHash: undefined,
      statuses: { stored: [3], packet: [] },
    };
    const stretches: number[][] = [];
    let after: MessageFilter['after'];
    do {
      const { rows, reached } = await listMessages(
        traffic.database,
        { ...filter, after },
        { limit: 5, budget: 10, now: 0 },
      );
      stretches.push(rows.map(({ ordinal }) => ordinal));
      after = reached;
    } while (after !== undefined);
    expect(stretches).toEqual([[], [11], [3]]);
  });

  it.each([
    [{ cursor: 'nonsense' }, 'cursor'],
    [{ submissionId: 'nonsense' }, 'submissionId'],
    [{ status: 'lost' }, 'status'],
    [{ limit: '1001' }, 'limit'],
    [{ createdFrom: '2026-01-01T00:00:00' }, 'createdFrom'],
    [{ colour: 'red' }, 'colour'],
  ])('refuses %j', async (parameters, field) => {
    const refused = (async () => list(parameters))();
    await expect(refused).rejects.toThrow(InvalidRequestError);
    await expect(refused).rejects.toMatchObject({ faults: [{ field }] });
  });

  it('refuses an impossible number and an unknown route', async () => {
    await expect(list({ to: '+99912' })).rejects.toMatchObject({ code: 'impossible_number' });
    await expect(list({ route: 'nowhere' })).rejects.toMatchObject({ code: 'unknown_route' });
  });
});
