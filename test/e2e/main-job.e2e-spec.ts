import { createCertificateAuthority, issueCertificate } from '../../src/config/certificate-authority.js';
import { parseMoney, subtract, sum, toMoneyJson } from '../../src/billing/domain/money.js';
import type { MoneyJson } from '../../src/billing/domain/money.js';
import type { MessageDetailsView } from '../../src/messaging/message.view.js';
import { isFinalStatus, type MessageStatus } from '../../src/messaging/domain/message-status.js';
import { ResultCode } from '../../src/uip/domain/result-code.js';
import { UnexpectedAnswerError } from '../../scripts/sandbox/json-client.js';
import type { SendRequest, Submission } from '../../scripts/sandbox/gateway-client.js';
import { eventually } from '../support/eventually.js';
import { Programs, type TestProgram } from '../support/program.js';
import { postPacket, readTls } from '../support/uip-caller.js';

/** Much longer than the slowest answer of the sandbox file, which takes five seconds. */
const ENV = { UIP_ANSWER_TIMEOUT: '20s' };
const PATIENCE = { timeout: 50_000 };

const programs = new Programs();
let program: TestProgram;
let balanceBefore: MoneyJson;

beforeAll(async () => {
  program = await programs.start({ env: ENV });
  balanceBefore = await program.platform.balance('demo');
});
afterAll(() => programs.cleanUp());

const send = (request: SendRequest): Promise<Submission> => program.gateway.send(request);

/** The first message of a submission. */
const idOf = ({ messages: [first] }: Submission): string => first?.id ?? '';

/** Waits until a message has this status, and gives it. */
function comesTo(id: string, status: MessageStatus): Promise<MessageDetailsView> {
  return eventually(async () => {
    const message = await program.gateway.message(id);
    expect(message).toMatchObject({ status });
    return message;
  }, PATIENCE);
}

const statusesOf = ({ events }: MessageDetailsView): MessageStatus[] => events.map(({ status }) => status);

/** The same without a `submitted` on the way: a report may overtake the answer. */
const wayOf = (message: MessageDetailsView): MessageStatus[] =>
  statusesOf(message).filter((status) => status !== 'submitted' || message.status === 'submitted');

describe('a single SMS', () => {
  it('goes from the REST call to the handset and comes back as delivered, with its cost', async () => {
    const submission = await send({
      to: ['+85267000011'],
      text: 'Your verification code is 482913',
      metadata: { order: 7, labels: ['ü', null] },
    });
    expect(submission).toMatchObject({
      encoding: 'gsm7',
      segments: 1,
      cost: { amount: '0.35', currency: 'HKD' },
      messages: [
        {
          to: '+85267000011',
          status: 'queued',
          segments: 1,
          price: { amount: '0.35', currency: 'HKD' },
          cost: { amount: '0.35', currency: 'HKD' },
        },
      ],
    });
    const message = await comesTo(idOf(submission), 'delivered');
    expect(message).toMatchObject({
      id: idOf(submission),
      submissionId: submission.id,
      to: '+85267000011',
      from: null,
      route: program.local.routeId,
      reason: null,
      smsState: 2,
      segments: 1,
      price: { amount: '0.35', currency: 'HKD' },
      cost: { amount: '0.35', currency: 'HKD' },
      metadata: { order: 7, labels: ['ü', null] },
    });
    expect(message.smsUid).toMatch(/^[0-9A-F]{32}$/);
    expect(wayOf(message)).toEqual(['queued', 'sending', 'delivered']);
    expect(await program.platform.inbox('+85267000011')).toMatchObject([
      { smsUid: message.smsUid, from: 'CloudSMS', text: 'Your verification code is 482913', encoding: 'gsm7' },
    ]);
  });

  it('carries a long Unicode text with its signature, cut and billed by segment', async () => {
    const text = `${'親愛的客戶，您的包裹已抵達。📦'.repeat(10)}Thank you.`;
    const submission = await send({
      to: [{ countryCode: 852, msisdn: '67000012' }],
      text,
      signature: { text: '雲訊', type: 2 },
      from: 'Parcels',
    });
    expect(submission).toMatchObject({ encoding: 'ucs2', segments: 3, cost: { amount: '1.05', currency: 'HKD' } });
    await comesTo(idOf(submission), 'delivered');
    const [received] = await program.platform.inbox('+85267000012');
    expect(received).toMatchObject({ from: 'Parcels', text: `${text}【雲訊】`, encoding: 'ucs2' });
    expect(received?.segments).toHaveLength(3);
    expect(received?.segments.join('')).toBe(`${text}【雲訊】`);
  });

  it('sends the same number twice as two SMS, each with its own UID', async () => {
    const { messages } = await send({ to: ['+85267000013', '+85267000013'], text: 'Twice' });
    const uids = await Promise.all(messages.map(async ({ id }) => (await comesTo(id, 'delivered')).smsUid));
    expect(new Set(uids).size).toBe(2);
    expect(await program.platform.inbox('+85267000013')).toHaveLength(2);
  });

  it('passes where content and signature are registered', async () => {
    const submission = await send({
      to: ['+8613800138000'],
      text: 'Your verification code is 1234',
      signature: { text: 'CloudSMS' },
    });
    expect(await comesTo(idOf(submission), 'delivered')).toMatchObject({ cost: { amount: '0.0575' } });
  });
});

/** What a number stands for by its last four digits (sandbox.json). */
interface Outcome {
  readonly digits: string;
  readonly status: MessageStatus;
  readonly smsState: number | null;
  readonly way: readonly MessageStatus[];
  readonly reason?: string;
  readonly cost?: string;
  /** How often the handset has received it. */
  readonly received: number;
}

const OUTCOMES: readonly Outcome[] = [
  {
    digits: '0000',
    status: 'submitted',
    smsState: null,
    way: ['queued', 'sending', 'submitted'],
    received: 1,
  },
  ...(
    [
      ['0003', 'expired', 3, 0],
      ['0004', 'undelivered', 4, 0],
      ['0005', 'undelivered', 5, 0],
      ['0006', 'delivered', 6, 1],
      ['0007', 'unknown', 7, 1],
      ['0008', 'rejected', 8, 0],
      ['0022', 'delivered', 2, 1],
      ['0091', 'delivered', 2, 1],
      // Reported before the send is answered.
      ['0092', 'delivered', 2, 1],
      ['7005', 'delivered', 2, 1],
    ] as const
  ).map(([digits, status, smsState, received]) => ({
    digits,
    status,
    smsState,
    way: ['queued', 'sending', status] as const,
    received,
  })),
  {
    digits: '0032',
    status: 'delivered',
    smsState: 2,
    way: ['queued', 'sending', 'expired', 'delivered'],
    received: 1,
  },
  // The answer is lost after the platform has taken the SMS, or can not be read: its report ends the doubt.
  ...['7001', '7077', '7099'].map((digits) => ({
    digits,
    status: 'delivered' as const,
    smsState: 2,
    way: ['queued', 'sending', 'in_doubt', 'delivered'] as const,
    received: 1,
  })),
  // The connection breaks before the platform has taken it. Nobody can know, so it is never sent again.
  { digits: '7002', status: 'in_doubt', smsState: null, way: ['queued', 'sending', 'in_doubt'], received: 0 },
  // Busy: again in ten minutes.
  { digits: '7003', status: 'queued', smsState: null, way: ['queued', 'sending', 'queued'], received: 0 },
  {
    digits: '7014',
    status: 'failed',
    smsState: null,
    way: ['queued', 'sending', 'failed'],
    reason: 'Send_failed',
    cost: '0.00',
    received: 0,
  },
];

describe('numbers that stand for an outcome', () => {
  const ids = new Map<string, string>();

  beforeAll(async () => {
    for (const { digits } of OUTCOMES) {
      ids.set(digits, idOf(await send({ to: [`+8526710${digits}`], text: 'What becomes of it?' })));
    }
  });

  it.each(OUTCOMES)('$digits becomes $status', async ({ digits, status, smsState, way, reason, cost, received }) => {
    const id = ids.get(digits) ?? '';
    await eventually(async () => {
      const message = await program.gateway.message(id);
      expect(wayOf(message)).toEqual(way);
      expect(message).toMatchObject({
        status,
        smsState,
        reason: reason ?? null,
        segments: 1,
        cost: { amount: cost ?? '0.35', currency: 'HKD' },
      });
    }, PATIENCE);
    expect(await program.platform.inbox(`+8526710${digits}`)).toHaveLength(received);
  });

  it('says of a corrected one that it was corrected', async () => {
    const { events } = await comesTo(ids.get('0032') ?? '', 'delivered');
    expect(events.filter(({ correction }) => correction)).toMatchObject([{ status: 'delivered', smsState: 2 }]);
  });

  it('leaves those that nobody reports on, or that nobody can know of, as they are', async () => {
    // By now all that their neighbours had to wait for has come.
    await expect(program.gateway.message(ids.get('0000') ?? '')).resolves.toMatchObject({ status: 'submitted' });
    await expect(program.gateway.message(ids.get('7002') ?? '')).resolves.toMatchObject({ status: 'in_doubt' });
  });

  it('LOCAL_REJECTED costs nothing', async () => {
    const submission = await send({ to: ['+6561231000'], text: 'A fixed line in Singapore' });
    expect(submission.cost).toEqual({ amount: '0.31', currency: 'HKD' });
    expect(await comesTo(idOf(submission), 'rejected')).toMatchObject({
      smsState: 60,
      cost: { amount: '0.00', currency: 'HKD' },
    });
  });

  it('faults of the admin API outrank the file', async () => {
    await program.platform.setFaults([{ match: '85267100003', reports: [{ state: 2, after: '0s' }] }]);
    try {
      const submission = await send({ to: ['+85267100003'], text: 'Now it arrives' });
      await comesTo(idOf(submission), 'delivered');
    } finally {
      await program.platform.setFaults([]);
    }
  });
});

describe('preview', () => {
  it('tells encoding, parts and cost, and sends nothing', async () => {
    const preview = await program.gateway.preview({
      to: ['+85267000014', '+85267000015', '+6581231000'],
      text: 'Olá',
      signature: { text: 'CloudSMS', type: 1 },
    });
    expect(preview).toMatchObject({
      encoding: 'ucs2',
      segments: 1,
      parts: ['【CloudSMS】Olá'],
      text: '【CloudSMS】Olá',
      characters: 13,
    });
    expect(preview.cost).toMatchObject([
      { countryCode: 852, messages: 2, segments: 2, cost: { amount: '0.70', currency: 'HKD' } },
      { countryCode: 65, messages: 1, segments: 1, cost: { amount: '0.31', currency: 'HKD' } },
    ]);
    expect(preview.warnings.map(({ code }) => code)).toContain('sender_operator_dependent');
    await expect(program.gateway.messages({ to: '+85267000014' })).resolves.toEqual([]);
  });
});

describe('Idempotency-Key', () => {
  const call = (json: unknown, key: string) =>
    program.gateway.http.call('POST', '/v1/messages', { json, headers: { 'idempotency-key': key } });

  it('answers a repetition with the same bytes, and sends once', async () => {
    const body = { to: ['+85267000016', '+6581231016'], text: 'Once' };
    const answers = await Promise.all([call(body, 'order-1'), call(body, 'order-1'), call(body, 'order-1')]);
    const first = answers[0];
    expect(first).toMatchObject({ status: 202 });
    for (const answer of answers) expect(answer.text).toBe(first?.text);
    await comesTo(idOf(first?.body as Submission), 'delivered');
    const again = await call(body, 'order-1');
    expect(again).toMatchObject({ status: 202, text: first?.text });
    expect(await program.platform.inbox('+85267000016')).toHaveLength(1);
  });

  it('refuses another body under the same key', async () => {
    await call({ to: ['+85267000017'], text: 'One' }, 'order-2');
    expect(await call({ to: ['+85267000017'], text: 'Another' }, 'order-2')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });
});

describe('GET /v1/messages', () => {
  it('filters and pages', async () => {
    const from = await program.gateway.advanceClock('0s');
    const submission = await send({
      to: [...Array.from({ length: 7 }, (_, index) => `+1212555201${index}`), '+819012342010'],
      text: 'List me',
    });
    const other = await send({ to: ['+12125552020'], text: 'Not me' });
    const all = submission.messages.map(({ id }) => id).toSorted();
    const listed = async (filter: object): Promise<string[]> =>
      (await program.gateway.messages(filter)).map(({ id }) => id).toSorted();
    expect(await listed({ submissionId: submission.id })).toEqual(all);
    await eventually(async () => {
      expect(await listed({ submissionId: submission.id, status: 'delivered' })).toEqual(all);
      expect(await listed({ createdFrom: from, country: 1, status: 'delivered' })).toHaveLength(8);
    }, PATIENCE);
    expect(await listed({ submissionId: submission.id, country: 81 })).toEqual([submission.messages[7]?.id]);
    expect(await listed({ submissionId: submission.id, status: 'expired,failed' })).toEqual([]);
    expect(await listed({ to: '+12125552013' })).toEqual([submission.messages[3]?.id]);
    expect(await listed({ createdFrom: from })).toEqual([...all, idOf(other)].toSorted());
    expect(await listed({ createdTo: from, submissionId: submission.id })).toEqual([]);
    expect(await listed({ route: program.local.routeId, submissionId: submission.id })).toEqual(all);

    const pages: string[][] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await program.gateway.page({ submissionId: submission.id, limit: 3, cursor });
      pages.push(page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      more = page.nextCursor !== null;
    }
    expect(pages.map(({ length }) => length).slice(0, 3)).toEqual([3, 3, 2]);
    expect(pages.flat().toSorted()).toEqual(all);
  });
});

describe('errors', () => {
  const message = { to: ['+85267000018'], text: 'Hello' };
  const post = (json: unknown, more: object = {}) => ({ method: 'POST' as const, path: '/v1/messages', json, ...more });

  it.each([
    ['no key', post(message, { headers: { authorization: '' } }), 401, 'unauthorized'],
    ['a wrong key', post(message, { headers: { authorization: 'Bearer nobody' } }), 401, 'unauthorized'],
    ['a wrong address', { method: 'GET' as const, path: '/v1/nothing' }, 404, 'not_found'],
    ['a wrong method', { method: 'DELETE' as const, path: '/v1/messages' }, 405, 'method_not_allowed'],
    ['no recipients', post({ ...message, to: [] }), 400, 'invalid_request'],
    ['an unknown member', post({ ...message, colour: 'red' }), 400, 'invalid_request'],
    ['a number that can not be read', post({ ...message, to: ['hello'] }), 400, 'malformed_number'],
    ['an impossible number', post({ ...message, to: ['+8526'] }), 422, 'impossible_number'],
    ['an unpriced country', post({ ...message, to: ['+32470123456'] }), 422, 'unpriced_area'],
    ['a text over ten segments', post({ ...message, text: 'x'.repeat(1531) }), 422, 'content_too_long'],
    ['an unknown route', post({ ...message, route: 'nowhere' }), 422, 'unknown_route'],
    [
      'a price above the maximum',
      post({ ...message, maxPrice: { amount: '0.34', currency: 'HKD' } }),
      422,
      'price_above_maximum',
    ],
    [
      'an unknown message',
      { method: 'GET' as const, path: '/v1/messages/019a0000-0000-7000-8000-000000000001' },
      404,
      'message_not_found',
    ],
  ])('%s is a problem', async (_case, { method, path, ...options }, status, code) => {
    const answer = await program.gateway.http.call(method, path, options);
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(Object.keys(answer.body as object)).toEqual(expect.arrayContaining(['type', 'title', 'detail']));
  });
});

describe('the wire', () => {
  const packet = { METHOD: 'SMS_SEND_REQUEST', TYPE: 'REQUEST', SERIAL: 1 };
  const report = { METHOD: 'SMS_PUSH_REPORT', TYPE: 'REQUEST', SERIAL: 1 };
  const listeners = () => [
    { url: program.local.platformUrl, own: packet, foreign: report },
    { url: program.local.callbackUrl, own: report, foreign: packet },
  ];

  it('lets nobody in without a certificate that it trusts', async () => {
    const trusted = readTls(program.local.tls);
    const authority = await createCertificateAuthority('Somebody else', new Date());
    const stranger = await issueCertificate(authority, { commonName: 'stranger', purpose: 'client' }, new Date());
    for (const { url, own } of listeners()) {
      await expect(postPacket(url, own, { ca: trusted.ca })).rejects.toThrow();
      await expect(postPacket(url, own, { ca: trusted.ca, ...stranger })).rejects.toThrow();
      await expect(postPacket(url, own, trusted)).resolves.toMatchObject({ status: 200 });
    }
  });

  it("serves no METHOD of the other listener's", async () => {
    const trusted = readTls(program.local.tls);
    for (const { url, own, foreign } of listeners()) {
      const { status, text } = await postPacket(url, foreign, trusted);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({
        METHOD: own.METHOD,
        TYPE: 'ANSWER',
        RESULT_CODE: ResultCode.Invalid_parameter,
      });
    }
  });

  it('answers no other path', async () => {
    const trusted = readTls(program.local.tls);
    for (const { url, own } of listeners()) {
      await expect(postPacket(new URL('/other', url).href, own, trusted)).resolves.toMatchObject({ status: 404 });
    }
  });
});

// From here on time is advanced: all that waits for ten minutes or an hour comes due.
describe('time', () => {
  const advance = async (by: string): Promise<void> => {
    await program.platform.advanceClock(by);
    await program.gateway.advanceClock(by);
  };
  const inMinutes = async (minutes: number): Promise<string> =>
    new Date(Date.parse(await program.gateway.advanceClock('0s')) + minutes * 60_000).toISOString();

  it('cancels what is scheduled, and nothing that was handed over', async () => {
    const submission = await send({ to: ['+85267000019'], text: 'Never', sendAt: await inMinutes(60) });
    expect(submission.messages[0]).toMatchObject({ status: 'scheduled' });
    expect(await program.gateway.cancel(idOf(submission))).toMatchObject({
      status: 'cancelled',
      cost: { amount: '0.00' },
    });
    await expect(program.gateway.cancel(idOf(submission))).rejects.toThrow(UnexpectedAnswerError);
    const sent = await send({ to: ['+85267000020'], text: 'Gone' });
    await comesTo(idOf(sent), 'delivered');
    expect(await program.gateway.http.call('POST', `/v1/messages/${idOf(sent)}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'not_cancellable' },
    });
  });

  it('sends at sendAt, not before, and not what is no longer valid', async () => {
    const [sendAt, validUntil] = [await inMinutes(60), await inMinutes(61)];
    const later = await send({ to: ['+85267000021'], text: 'Later', sendAt });
    const tooLate = await send({ to: ['+85267000022'], text: 'Too late', sendAt, validUntil });
    // An SMS that is sent meanwhile shows that they were not.
    const now = await send({ to: ['+85267000023'], text: 'Now' });
    await comesTo(idOf(now), 'delivered');
    await expect(program.gateway.message(idOf(later))).resolves.toMatchObject({ status: 'scheduled' });
    await advance('2h');
    expect(wayOf(await comesTo(idOf(later), 'delivered'))).toEqual(['scheduled', 'queued', 'sending', 'delivered']);
    expect(await comesTo(idOf(tooLate), 'failed')).toMatchObject({
      reason: 'no_longer_valid',
      cost: { amount: '0.00', currency: 'HKD' },
    });
    expect(await program.platform.inbox('+85267000022')).toEqual([]);
    expect(await program.platform.inbox('+85267000019')).toEqual([]);
  });

  it('tries an intercepted one once more after ten minutes', async () => {
    const submission = await send({ to: ['+85267999999'], text: 'On the blacklist' });
    await eventually(async () => {
      expect(statusesOf(await program.gateway.message(idOf(submission)))).toEqual(['queued', 'sending', 'queued']);
    }, PATIENCE);
    await advance('10m');
    expect(await comesTo(idOf(submission), 'failed')).toMatchObject({
      reason: 'Intercept',
      cost: { amount: '0.00', currency: 'HKD' },
    });
  });
});

it('charged by the platform is what the messages cost', async () => {
  const messages = await program.gateway.messages({});
  // What is in doubt, or still to be sent, was never accepted.
  const accepted = messages.filter(({ status }) => status === 'submitted' || isFinalStatus(status));
  const cost = sum(
    'HKD',
    accepted.map(({ cost }) => parseMoney(cost)),
  );
  const charged = subtract(parseMoney(balanceBefore), parseMoney(await program.platform.balance('demo')));
  expect(toMoneyJson(cost)).toEqual(toMoneyJson(charged));
});
