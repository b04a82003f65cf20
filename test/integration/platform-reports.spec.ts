import { CustomerServer } from '../support/customer-server.js';
import { eventually } from '../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';

let place: TestPlace;
let customer: CustomerServer;
let silent: CustomerServer;
let platform: TestPlatform;

const handsets = [
  { match: '*', reports: [{ state: 2, after: '0s' }] },
  { match: '*0000', reports: [] },
  {
    match: '*0091',
    reports: [
      { state: 9, after: '0s' },
      { state: 1, after: '20ms' },
      { state: 2, after: '40ms' },
    ],
  },
  { match: '*0022', reports: [{ state: 2, after: '0s', repeat: 3 }] },
  { match: '*0092', reports: [{ state: 2, after: '0s', beforeAnswer: true }] },
];

beforeAll(async () => {
  place = await makePlace();
  customer = await CustomerServer.start(place.certificates);
  silent = await CustomerServer.start(place.certificates);
  silent.behaviour = { kind: 'hang' };
  platform = await TestPlatform.start({
    place,
    handsets,
    accounts: [
      account({ callbackUrl: customer.url }),
      account({ name: 'silent', authKey: 'silent-key', callbackUrl: silent.url }),
    ],
  });
});
afterAll(async () => {
  await platform.stop();
  await customer.stop();
  await silent.stop();
  place.remove();
});

const sendTo = async (msisdn: string, members: object = {}): Promise<string> => {
  const answer = await platform.client.send({
    MULTI_MSISDN_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: msisdn }],
    ...members,
  });
  return answer.DETAIL_LIST[0].SMS_UID;
};
const advance = (by: string) => platform.admin('POST /admin/v1/clock/advance', { body: { by } });
/** The states reported for an SMS, once there are as many as expected. */
const statesOf = (uid: string, count: number) =>
  eventually(() => {
    const states = customer.statesOf(uid);
    return states.length >= count && states;
  });

describe('a report', () => {
  it('comes as the protocol has it, CUSTOMER_BODY unchanged', async () => {
    const body = { z: 1, a: ['x', null, 1.5], 'ü"': {} };
    const uid = await sendTo('67000011', { CUSTOMER_BODY: body, ORIGINAL_ADDR: 'Me' });
    expect(await statesOf(uid, 1)).toEqual([2]);
    expect(customer.reports.find(({ SMS_UID }) => SMS_UID === uid)).toEqual({
      METHOD: 'SMS_PUSH_REPORT',
      TYPE: 'REQUEST',
      SERIAL: expect.any(Number) as number,
      TIME: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
      SMS_UID: uid,
      SOURCE_MSISDN: 'Me',
      SMS_RESULT_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' }],
      REPORT_TIME: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
      CUSTOMER_BODY: body,
    });
  });

  it('comes for each state, in order; as often as the handset says', async () => {
    expect(await statesOf(await sendTo('67000091'), 3)).toEqual([9, 1, 2]);
    expect(await statesOf(await sendTo('67000022'), 3)).toEqual([2, 2, 2]);
  });

  it('can come before the ANSWER', async () => {
    const uid = await sendTo('67000092');
    expect(customer.statesOf(uid)).toEqual([2]);
  });

  it('says LOCAL_REJECTED for what the platform refuses itself', async () => {
    const singapore = [{ COUNTRY_CODE: 65, DEST_MSISDN: '12345678' }];
    expect(await statesOf(await sendTo('', { MULTI_MSISDN_LIST: singapore }), 1)).toEqual([60]);
    expect(await statesOf(await sendTo('67000011', { ROUTE_ID: 'unknown' }), 1)).toEqual([60]);
    const outside = [{ COUNTRY_CODE: 44, DEST_MSISDN: '7911123456' }];
    expect(await statesOf(await sendTo('', { MULTI_MSISDN_LIST: outside }), 1)).toEqual([60]);
  });

  it('says EXPIRED after 25 hours without a final state', async () => {
    const uid = await sendTo('67000000');
    await eventually(async () => {
      const { body } = await platform.admin('GET /admin/v1/inbox?number=85267000000');
      expect((body as { items: unknown[] }).items).toHaveLength(1);
    });
    await advance('25h');
    expect(await statesOf(uid, 1)).toEqual([3]);
  });
});

describe('a report that is not acknowledged', () => {
  it('comes again after a pause, and the next one only after it', async () => {
    customer.behaviour = { kind: 'code', code: 0x1000000e };
    const uid = await sendTo('67000091');
    expect(await statesOf(uid, 1)).toEqual([9]);
    customer.behaviour = { kind: 'acknowledge' };
    await advance('6s');
    expect(await statesOf(uid, 4)).toEqual([9, 9, 1, 2]);
  });

  it('holds up no other customer, however long its server hangs', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => ({
      COUNTRY_CODE: 852,
      DEST_MSISDN: String(62_000_011 + index * 100),
    }));
    await platform.client.send({ AUTH_KEY: 'silent-key', MULTI_MSISDN_LIST: numbers });
    await eventually(() => expect(silent.reports.length).toBeGreaterThan(0));
    const answer = await platform.client.send({ MULTI_MSISDN_LIST: numbers });
    await eventually(() => {
      for (const { SMS_UID: uid } of answer.DETAIL_LIST) expect(customer.statesOf(uid)).toEqual([2]);
    });
    expect(silent.mostOpen).toBeLessThanOrEqual(2);
  });
});
