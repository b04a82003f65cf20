import type { ServerResponse } from 'node:http';

import { CODE, hongKong, to } from '../../support/conformance.js';
import { answerTo, CustomerServer, type ReceivedReport } from '../../support/customer-server.js';
import { eventually } from '../../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const handsets = [
  { match: '*', reports: [{ state: 2, after: '0s' }] },
  {
    match: '*0091',
    reports: [
      { state: 9, after: '0s' },
      { state: 2, after: '0s' },
    ],
  },
];

let place: TestPlace;
let customer: CustomerServer;
let other: CustomerServer;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  customer = await CustomerServer.start(place.certificates);
  other = await CustomerServer.start(place.certificates);
  platform = await TestPlatform.start({
    place,
    handsets,
    accounts: [
      account({ callbackUrl: customer.url }),
      account({ name: 'other', authKey: 'other-key', callbackUrl: other.url }),
    ],
  });
});
afterAll(async () => {
  await customer.stop();
  await other.stop();
  await platform.stop();
  place.remove();
});
afterEach(() => {
  customer.behaviour = { kind: 'acknowledge' };
});

const uidOf = async (members: object) => (await platform.client.send(members)).DETAIL_LIST[0].SMS_UID;
const advance = async (milliseconds: number) => {
  const by = `${Math.round(milliseconds)}ms`;
  expect(await platform.admin('POST /admin/v1/clock/advance', { body: { by } })).toMatchObject({ status: 200 });
};
const pushesOf = (uid: string, count: number, server = customer) =>
  eventually(() => expect(server.statesOf(uid)).toHaveLength(count));
/** A push that comes after another account's has gone through would have come by then: rounds serve every account. */
const noMorePushesOf = async (uid: string, count: number) => {
  await pushesOf(await uidOf({ AUTH_KEY: 'other-key' }), 1, other);
  expect(customer.statesOf(uid)).toHaveLength(count);
};

/** SMS_UIDs of parked reports, in the order in which they were learnt. */
const parked = async (): Promise<string[]> => {
  const { body } = await platform.admin('GET /admin/v1/reports/parked');
  return (body as { items: { smsUid: string }[] }).items.map(({ smsUid }) => smsUid);
};
const repush = async () =>
  expect(await platform.admin('POST /admin/v1/reports/parked/repush')).toMatchObject({ status: 200 });

describe('a report that is not acknowledged', () => {
  const custom = (answer: (report: ReceivedReport, response: ServerResponse) => void) =>
    ({ kind: 'custom', answer }) as const;

  it.each<[string, (report: ReceivedReport, response: ServerResponse) => void]>([
    ['another RESULT_CODE', (report, response) => response.end(answerTo(report, CODE.DB_not_find))],
    ['nothing', (_, response) => response.end()],
    ['no JSON', (_, response) => response.end('<html>OK</html>')],
    ['RESULT_CODE 1 in a REQUEST', (report, response) => response.end(answerTo(report, 1, { TYPE: 'REQUEST' }))],
    ['the METHOD of a send', (report, response) => response.end(answerTo(report, 1, { METHOD: 'SMS_SEND_REQUEST' }))],
    ['HTTP 404', (_, response) => response.writeHead(404).end()],
    ['HTTP 500', (_, response) => response.writeHead(500).end('1')],
    ['a redirection', (_, response) => response.writeHead(307, { location: other.url }).end()],
    ['a broken connection', (_, response) => response.destroy()],
    ['more than anybody reads', (report, response) => response.end(answerTo(report, 1).padEnd(65 * 1024))],
  ])('P7-ANSWER-1 answered with %s counts as not received, and is pushed again', async (_, answer) => {
    const before = other.reports.length;
    customer.behaviour = custom(answer);
    const uid = await uidOf(to(852, '67000011'));
    await pushesOf(uid, 1);
    customer.behaviour = { kind: 'acknowledge' };
    await eventually(async () => {
      await advance(6 * SECOND);
      expect(customer.statesOf(uid).length).toBeGreaterThan(1);
    });
    expect(customer.statesOf(uid)).toEqual([2, 2]);
    expect(other.reports).toHaveLength(before);
  });

  it.each([
    ['another SERIAL', { SERIAL: 77 }],
    ['numbers as texts', { SERIAL: '1', RESULT_CODE: '1' }],
    ['nothing but METHOD, TYPE and RESULT_CODE', { SERIAL: undefined, TIME: undefined, RESULT_DESC: undefined }],
  ])('P7-ANSWER-2 answered with RESULT_CODE 1 and %s is received', async (_, members) => {
    customer.behaviour = custom((report, response) => response.end(answerTo(report, 1, members)));
    const uid = await uidOf(to(852, '67000011'));
    await pushesOf(uid, 1);
    await advance(2 * HOUR);
    await noMorePushesOf(uid, 1);
  });

  it('P7-PUSH-1 is pushed after 5 s, 30 s, 2 min, 10 min, 30 min, then hourly, give or take a tenth', async () => {
    customer.behaviour = { kind: 'code', code: CODE.Busy };
    const uid = await uidOf(to(852, '67000011'));
    await pushesOf(uid, 1);
    const pauses = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, HOUR, HOUR];
    for (const [index, pause] of pauses.entries()) {
      // The clock goes on by itself while we wait: a short pause is only shown to end, a longer one to last as well.
      if (pause > MINUTE) {
        await advance(pause * 0.85);
        await noMorePushesOf(uid, index + 1);
        await advance(pause * 0.26);
      } else await advance(pause * 1.11);
      await pushesOf(uid, index + 2);
    }
    customer.behaviour = { kind: 'acknowledge' };
    await advance(2 * HOUR);
    await pushesOf(uid, pauses.length + 2);
  });

  it('P7-PUSH-2 keeps the order of the reports of its SMS: the next is not pushed before it', async () => {
    customer.behaviour = { kind: 'code', code: CODE.Busy };
    const uid = await uidOf(to(852, '67000091'));
    await pushesOf(uid, 1);
    await advance(6 * SECOND);
    await pushesOf(uid, 2);
    expect(customer.statesOf(uid)).toEqual([9, 9]);
    customer.behaviour = { kind: 'acknowledge' };
    await advance(34 * SECOND);
    await eventually(() => expect(customer.statesOf(uid)).toEqual([9, 9, 9, 2]));
  });

  it('P7-PUSH-3 is parked after 24 hours, and whatever else is as old, too; P7-PUSH-4 an operator pushes it again', async () => {
    customer.behaviour = { kind: 'custom', answer: (_, response) => response.destroy() };
    const { DETAIL_LIST } = await platform.client.send({ MULTI_MSISDN_LIST: hongKong(40, 68_000_011) });
    const uids = DETAIL_LIST.map(({ SMS_UID }) => SMS_UID);
    await eventually(() => expect(customer.reports.some(({ SMS_UID }) => uids.includes(SMS_UID))).toBe(true));
    await advance(23 * HOUR);
    await eventually(() =>
      expect(customer.reports.filter(({ SMS_UID }) => uids.includes(SMS_UID)).length).toBeGreaterThan(1),
    );
    expect(await parked()).toEqual([]);
    await eventually(
      async () => {
        await advance(HOUR);
        expect(await parked()).toEqual(uids);
      },
      { interval: 200, timeout: 30_000 },
    );
    customer.behaviour = { kind: 'acknowledge' };
    const pushed = (): string[] => customer.reports.map(({ SMS_UID }) => SMS_UID);
    const before = pushed().length;
    await advance(48 * HOUR);
    await noMorePushesOf(uids[0], customer.statesOf(uids[0]).length);
    expect(pushed()).toHaveLength(before);
    await repush();
    await eventually(() => expect(pushed().slice(before).toSorted()).toEqual(uids.toSorted()));
    expect(await parked()).toEqual([]);
  });
});
