import { codesOf, CODE, hongKong, spentBy, to } from '../../support/conformance.js';
import { CustomerServer, type ReceivedReport } from '../../support/customer-server.js';
import { eventually } from '../../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';

const DELIVERED = 2;
const EXPIRED = 3;
const LOCAL_REJECTED = 60;
const STATES: [state: number, name: string][] = [
  [9, 'IDLE'],
  [1, 'ENROUTE'],
  [7, 'UNKNOWN'],
  [6, 'ACCEPTED'],
  [3, 'EXPIRED'],
  [4, 'DELETED'],
  [5, 'UNDELIVERABLE'],
  [8, 'REJECTED'],
  [60, 'LOCAL_REJECTED'],
  [2, 'DELIVERED'],
  [77, 'UNKNOWN'],
];
const at = (...states: [state: number, after: string][]) => states.map(([state, after]) => ({ state, after }));

const handsets = [
  { match: '*', reports: at([DELIVERED, '0s']) },
  ...STATES.map(([state]) => ({ match: `*${9000 + state}`, reports: at([state, '0s']) })),
  { match: '*0000', reports: [] },
  { match: '*0007', reports: at([9, '0s'], [1, '1m']) },
  { match: '*0008', reports: at([DELIVERED, '24h']) },
  { match: '*0009', reports: at([DELIVERED, '30h']) },
  { match: '*0091', reports: at([9, '0s'], [1, '10ms'], [5, '20ms'], [DELIVERED, '30ms']) },
  { match: '*0022', reports: [{ state: DELIVERED, after: '0s', repeat: 3 }] },
  { match: '*0092', reports: [{ state: DELIVERED, after: '0s', beforeAnswer: true }] },
];

let place: TestPlace;
let customer: CustomerServer;
let poor: CustomerServer;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  customer = await CustomerServer.start(place.certificates);
  poor = await CustomerServer.start(place.certificates);
  const mixed = { name: 'poor', authKey: 'poor-key', balance: '1.01', callbackUrl: poor.url };
  platform = await TestPlatform.start({
    place,
    handsets,
    accounts: [account({ callbackUrl: customer.url, defaultSenderId: 'TheDefault' }), account(mixed)],
  });
});
afterAll(async () => {
  await customer.stop();
  await poor.stop();
  await platform.stop();
  place.remove();
});

const uidsOf = async (members: object): Promise<string[]> => {
  const answer = await platform.client.send(members);
  expect(new Set(codesOf(answer))).toEqual(new Set([CODE.OK]));
  return answer.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID);
};
const uidOf = async (members: object) => (await uidsOf(members))[0];
const advance = async (by: string) =>
  expect(await platform.admin('POST /admin/v1/clock/advance', { body: { by } })).toMatchObject({ status: 200 });
/** The first report of an SMS, once it is there, with its text. */
const reportOf = (uid: string): Promise<ReceivedReport & { text: string }> =>
  eventually(() => {
    const index = customer.reports.findIndex(({ SMS_UID }) => SMS_UID === uid);
    expect(index).toBeGreaterThanOrEqual(0);
    return { ...customer.reports[index], text: customer.texts[index] };
  });
const statesOf = (uid: string, expected: number[], server = customer) =>
  eventually(() => expect(server.statesOf(uid)).toEqual(expected));

describe('a report', () => {
  it('P7-REPORT-1 has all its members, in the protocol’s types', async () => {
    const [uid] = await uidsOf({ ...to(852, '67000011'), ORIGINAL_ADDR: 'Me' });
    const { text, ...report } = await reportOf(uid);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string;
    expect(report).toEqual({
      METHOD: 'SMS_PUSH_REPORT',
      TYPE: 'REQUEST',
      SERIAL: expect.any(Number) as number,
      TIME: time,
      SMS_UID: uid,
      SOURCE_MSISDN: 'Me',
      SMS_RESULT_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' }],
      REPORT_TIME: time,
    });
    expect(text).not.toContain('CUSTOMER_BODY');
  });

  it('P7-REPORT-2 names the sender ID used: the default of the account, when the request named none', async () =>
    expect((await reportOf(await uidOf(to(852, '67000012')))).SOURCE_MSISDN).toBe('TheDefault'));

  it('P7-REPORT-3 carries one SMS_UID a packet, also for bulk sends; the same number twice has two', async () => {
    const list = [...hongKong(30), hongKong(1)[0]];
    const uids = await uidsOf({ MULTI_MSISDN_LIST: list });
    for (const [index, uid] of uids.entries()) {
      const { SMS_RESULT_LIST } = await reportOf(uid);
      expect(SMS_RESULT_LIST).toMatchObject([{ DEST_MSISDN: list[index].DEST_MSISDN, SMS_STATE: DELIVERED }]);
    }
  });

  it('P3-ANSWER-5 comes for accepted numbers only', async () => {
    const list = [...to(999, '1').MULTI_MSISDN_LIST, ...to(852, '67999999').MULTI_MSISDN_LIST, ...hongKong(1)];
    const { DETAIL_LIST } = await platform.client.send({ MULTI_MSISDN_LIST: list });
    await statesOf(DETAIL_LIST[2].SMS_UID, [DELIVERED]);
    await statesOf(await uidOf(to(852, '67000015')), [DELIVERED]);
    for (const { SMS_UID } of DETAIL_LIST.slice(0, 2)) expect(customer.statesOf(SMS_UID)).toEqual([]);
  });

  it('P7-REPORT-4 times are UTC+8: REPORT_TIME when the state was learned, TIME when the packet was issued', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { TIME, REPORT_TIME = '' } = await reportOf(await uidOf(to(852, '67000013')));
    const [issued, learned] = [TIME, REPORT_TIME].map((time) => Date.parse(`${time.replace(' ', 'T')}+08:00`));
    expect(learned).toBeGreaterThanOrEqual(before);
    expect(issued).toBeGreaterThanOrEqual(learned);
    expect(issued).toBeLessThanOrEqual(Date.now());
  });

  it.each(STATES)('P7-STATE-1 tells SMS_STATE %i as %s', async (state, name) => {
    const { SMS_RESULT_LIST } = await reportOf(await uidOf(to(852, `6000${9000 + state}`)));
    expect(SMS_RESULT_LIST).toMatchObject([{ SMS_STATE: state, RESULT_DESC: name }]);
  });

  it('P7-STATE-2 comes for each state, in the order in which they were learnt, and as often as the handset says', async () => {
    const uids = await uidsOf({
      MULTI_MSISDN_LIST: [...to(852, '67000091').MULTI_MSISDN_LIST, ...to(852, '67000022').MULTI_MSISDN_LIST],
    });
    await statesOf(uids[0], [9, 1, 5, DELIVERED]);
    await statesOf(uids[1], [DELIVERED, DELIVERED, DELIVERED]);
  });

  it('P7-STATE-3 can come before the ANSWER', async () => {
    expect(customer.statesOf(await uidOf(to(852, '67000092')))).toEqual([DELIVERED]);
  });

  it('P2-SERIAL-6 counts SERIAL 1..128, cyclic', async () => {
    const uids = await uidsOf({ MULTI_MSISDN_LIST: hongKong(140, 61_000_011) });
    for (const uid of uids) await reportOf(uid);
    const serials = customer.reports.map(({ SERIAL }) => SERIAL);
    expect([...new Set(serials)].toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 128 }, (_, index) => index + 1),
    );
  });
});

describe('CUSTOMER_BODY', () => {
  it.each([
    ['{}'],
    ['{"z":1,"a":["x",null,1.5,{"":{}}],"ü\\"":false}'],
    ['{"2":"two","10":10,"1":{"b":1,"0":2}}'],
    ['{"__proto__":1,"constructor":{"2":1,"1":2}}'],
    ['{"big":12345678901234567890,"small":1e-320,"fraction":1.0}'],
    [`{"a":"${'你'.repeat(82)}x"}`],
  ])('P3-BODY-2 %s is handed back equal, its members in their order', async (body) => {
    const packet = JSON.stringify(platform.client.packet()).replace(
      '{',
      `{ "CUSTOMER_BODY" :\n ${body.replaceAll(',', ' , ')} ,`,
    );
    const answer = JSON.parse((await platform.client.post(packet)).text) as { DETAIL_LIST: { SMS_UID: string }[] };
    const { text } = await reportOf(answer.DETAIL_LIST[0].SMS_UID);
    expect(text).toContain(`"CUSTOMER_BODY":${body}}`);
  });

  it('P3-BODY-2 is in every report of the request', async () => {
    const list = [...to(852, '67000091').MULTI_MSISDN_LIST, ...to(65, '12345678').MULTI_MSISDN_LIST];
    const uids = await uidsOf({ MULTI_MSISDN_LIST: list, CUSTOMER_BODY: { order: 7 } });
    await statesOf(uids[0], [9, 1, 5, DELIVERED]);
    await statesOf(uids[1], [LOCAL_REJECTED]);
    const bodies = customer.reports
      .filter(({ SMS_UID }) => uids.includes(SMS_UID))
      .map((report) => report.CUSTOMER_BODY);
    expect(bodies).toEqual(Array.from({ length: 5 }, () => ({ order: 7 })));
  });
});

describe('LOCAL_REJECTED', () => {
  const rejected = async (members: object) => {
    const spent = await spentBy(platform, async () => statesOf(await uidOf(members), [LOCAL_REJECTED]));
    expect(spent).toBe(0n);
  };

  it.each(['1234567', '812345678', '71234567', '01234567'])(
    'P7-LOCAL-1, P9-CHARGE-2 and free of charge: a Singapore number such as %s',
    (msisdn) => rejected(to(65, msisdn)),
  );

  it.each(['81234567', '91234567'])('P7-LOCAL-1 not a Singapore number such as %s', async (msisdn) =>
    statesOf(await uidOf(to(65, msisdn)), [DELIVERED]),
  );

  it('P7-LOCAL-2, P9-CHARGE-2 a direction that is priced, but not in the product of the account', () =>
    rejected(to(44, '7911123456')));

  it('P7-LOCAL-3, P9-CHARGE-2 a ROUTE_ID that does not exist', () =>
    rejected({ ...to(852, '67000014'), ROUTE_ID: 'unknown' }));

  it('P9-CHARGE-1 any other state is charged once, when the SMS is accepted', async () => {
    for (const [state] of STATES) {
      const uids: string[] = [];
      const spent = await spentBy(platform, async () => {
        uids.push(await uidOf(to(852, `6100${9000 + state}`)));
      });
      expect(spent).toBe(35_000_000n);
      expect(await spentBy(platform, () => statesOf(uids[0], [state]))).toBe(0n);
    }
  });

  it('P7-BALANCE-1 what the balance does not cover, in the order of the list; the next number is tried', async () => {
    const list = [
      ...to(852, '67000011').MULTI_MSISDN_LIST,
      ...to(65, '12345678').MULTI_MSISDN_LIST,
      ...to(852, '67000012').MULTI_MSISDN_LIST,
      ...to(852, '67000013').MULTI_MSISDN_LIST,
      ...to(65, '81234567').MULTI_MSISDN_LIST,
      ...to(65, '81234568').MULTI_MSISDN_LIST,
    ];
    const uids = await uidsOf({ AUTH_KEY: 'poor-key', MULTI_MSISDN_LIST: list });
    const expected = [DELIVERED, LOCAL_REJECTED, DELIVERED, LOCAL_REJECTED, DELIVERED, LOCAL_REJECTED];
    for (const [index, uid] of uids.entries()) await statesOf(uid, [expected[index]], poor);
    expect(await platform.balanceOf('poor')).toBe('0.00');
  });
});

/** Last: these move the clock. */
describe('EXPIRED', () => {
  it('P7-EXPIRED-1 comes when 25 hours have brought no final state; P7-EXPIRED-2 what comes later is told, too', async () => {
    const uids = await uidsOf({
      MULTI_MSISDN_LIST: ['0000', '0007', '0008', '0009', '0011'].flatMap(
        (end) => to(852, `6300${end}`).MULTI_MSISDN_LIST,
      ),
    });
    const [silent, underWay, late, tooLate, delivered] = uids;
    await statesOf(underWay, [9]);
    await advance('1499m');
    await statesOf(late, [DELIVERED]);
    await statesOf(underWay, [9, 1]);
    expect(customer.statesOf(silent)).toEqual([]);
    await advance('2m');
    await statesOf(silent, [EXPIRED]);
    await statesOf(underWay, [9, 1, EXPIRED]);
    await statesOf(tooLate, [EXPIRED]);
    await advance('6h');
    await statesOf(tooLate, [EXPIRED, DELIVERED]);
    expect(customer.statesOf(late)).toEqual([DELIVERED]);
    expect(customer.statesOf(delivered)).toEqual([DELIVERED]);
  });

  it('P7-EXPIRED-3 is not said of what came in time, however far the clock jumps', async () => {
    const uid = await uidOf(to(852, '64000008'));
    await advance('40h');
    await statesOf(uid, [DELIVERED]);
    const other = await uidOf(to(852, '64000000'));
    await advance('26h');
    await statesOf(other, [EXPIRED]);
    expect(customer.statesOf(uid)).toEqual([DELIVERED]);
  });
});
