import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Agent, request } from 'undici';

import { STATUS_CODE } from '../../src/messaging/domain/message-status.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { attemptBody } from '../../src/uip/domain/customer-body.js';
import { assertCleanBooks } from '../support/audit.js';
import { eventually } from '../support/eventually.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';
import { Programs, type TestProgram } from '../support/program.js';
import { readTls } from '../support/uip-caller.js';

const LONG = process.env.TEST_SIZE === 'long';
const PACKETS = LONG ? 100 : 10;
const PACKET = 200;
const SENDERS = 16;
/** After so many answers the process is killed. */
const MOMENTS = LONG ? [500, 2000, 5000, 9000, 14_000] : [200, 700, 1300];

const programs = new Programs();
let traffic: GatewayTraffic;

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
});
afterAll(async () => {
  await programs.cleanUp();
  await traffic.drop();
});

interface Report {
  readonly uid: string;
  readonly packet: object;
}

/** One report for each number of packets that were sent and answered. */
async function reports(): Promise<Report[]> {
  const made: Report[] = [];
  for (let packet = 0; packet < PACKETS; packet += 1) {
    const numbers = Array.from({ length: PACKET }, (_, index) => String(60_000_000 + packet * PACKET + index));
    const sent = await traffic.send(numbers);
    await traffic.answer(
      sent,
      numbers.map((number) => ({ kind: 'accepted', uid: `U${number}` })),
    );
    made.push(...numbers.map((number) => reportOf(sent, number)));
  }
  return made;
}

const reportOf = (sent: Sent, number: string): Report => ({
  uid: `U${number}`,
  packet: {
    METHOD: 'SMS_PUSH_REPORT',
    TYPE: 'REQUEST',
    SERIAL: 7,
    SMS_UID: `U${number}`,
    SMS_RESULT_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: number, SMS_STATE: 2, RESULT_DESC: 'DELIVERED' }],
    CUSTOMER_BODY: attemptBody(sent.attemptId),
  },
});

describe('kill -9 of the callback process under load', () => {
  it(`leaves every report that was answered 1 stored and applied, ${MOMENTS.length} kills`, async () => {
    const waiting = await reports();
    const dataDir = programs.dataDirectory();
    const env = { DATABASE_URL: traffic.url, SECRETS_KEY: Buffer.alloc(32, 7).toString('base64') };
    const start = (): Promise<TestProgram> => programs.start({ env, roles: ['callback'] }, dataDir);
    let program = await start();
    const agent = new Agent({ connections: SENDERS, connect: { ...readTls(program.local.tls) } });
    /** UIDs of the reports that were answered 1: they are never sent again. */
    const answered: string[] = [];

    const push = async ({ packet }: Report): Promise<boolean> => {
      try {
        const { body } = await request(program.local.callbackUrl, {
          method: 'POST',
          dispatcher: agent,
          body: JSON.stringify(packet),
        });
        return ((await body.json()) as { RESULT_CODE?: unknown }).RESULT_CODE === 1;
      } catch {
        return false;
      }
    };
    const sender = async (): Promise<void> => {
      for (let report = waiting.shift(); report !== undefined; report = waiting.shift()) {
        if (await push(report)) answered.push(report.uid);
        else {
          waiting.push(report);
          await delay(50);
        }
      }
    };
    const sending = Promise.all(Array.from({ length: SENDERS }, sender));
    for (const moment of MOMENTS) {
      await eventually(() => answered.length >= moment, { timeout: 60_000, interval: 1 });
      await program.kill();
      program = await start();
    }
    await sending;
    await agent.close();
    await program.stop();

    expect(new Set(answered).size).toBe(PACKETS * PACKET);
    const stored = await traffic.rows<{ sms_uid: string }>('select distinct sms_uid from report');
    const known = new Set(stored.map(({ sms_uid: uid }) => uid));
    expect(answered.filter((uid) => !known.has(uid))).toEqual([]);
    const locator = new ReportLocator(traffic.secrets);
    const applier = new ReportApplier(traffic.database, locator, traffic.clock, pino({ level: 'silent' }));
    while ((await applier.apply(1000)) > 0);
    const [counts] = await traffic.rows<{ delivered: number; waiting: number }>(
      `select (select count(*) from message where status = ${STATUS_CODE.delivered})::int as delivered,
         (select count(*) from report_queue)::int as waiting`,
    );
    expect(counts).toEqual({ delivered: PACKETS * PACKET, waiting: 0 });
    await traffic.accounts();
    await assertCleanBooks({ gateway: traffic.url });
  }, 180_000);
});
