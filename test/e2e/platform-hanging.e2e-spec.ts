import type { ServerResponse } from 'node:http';

import { CustomerServer, type ReceivedReport, answerTo } from '../support/customer-server.js';
import { eventually } from '../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';

const ACCOUNTS = 100;
const SMS = 40;
const SERVERS = 4;

let place: TestPlace;
let platform: TestPlatform;
const servers: CustomerServer[] = [];
/** Pushes that were never answered, and whose connection is still open. */
const hanging = new Set<ServerResponse>();

const hangs = (index: number): boolean => index % 2 === 0;
/** Half of the paths of each server hang: accounts that share a server do not wait for each other either. */
const urlOf = (index: number): string =>
  `${servers[Math.floor(index / 2) % SERVERS].url}/${hangs(index) ? 'hang' : 'go'}/${index}`;

beforeAll(async () => {
  place = await makePlace();
  for (let count = 0; count < SERVERS; count += 1) {
    const server = await CustomerServer.start(place.certificates);
    server.behaviour = {
      kind: 'custom',
      answer: (report: ReceivedReport, response: ServerResponse, path: string) => {
        if (!path.includes('/hang/')) {
          response.end(answerTo(report));
          return;
        }
        hanging.add(response);
        response.once('close', () => hanging.delete(response));
      },
    };
    servers.push(server);
  }
  platform = await TestPlatform.start({
    place,
    handsets: [{ match: '*', reports: [{ state: 2, after: '0s' }] }],
    accounts: Array.from({ length: ACCOUNTS }, (_, index) =>
      account({ name: `a${index}`, authKey: `key-${index}`, callbackUrl: urlOf(index) }),
    ),
  });
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await platform.stop();
  place.remove();
});

describe('100 customers, of whom 50 never answer', () => {
  it('P7-PUSH-5 get all reports of the other 50 pushed while those still hang', async () => {
    const list = Array.from({ length: SMS }, (_, index) => ({
      COUNTRY_CODE: 852,
      DEST_MSISDN: String(60_000_011 + index),
    }));
    const send = async (index: number): Promise<string[]> => {
      const answer = await platform.client.send({ AUTH_KEY: `key-${index}`, MULTI_MSISDN_LIST: list });
      return answer.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID);
    };
    const indexes = Array.from({ length: ACCOUNTS }, (_, index) => index);
    await Promise.all(indexes.filter(hangs).map(send));
    await eventually(() => expect(hanging.size).toBeGreaterThanOrEqual(50));
    const uids = (await Promise.all(indexes.filter((index) => !hangs(index)).map(send))).flat();
    expect(uids).toHaveLength(50 * SMS);
    await eventually(
      () => {
        const seen = new Set(servers.flatMap(({ reports }) => reports.map(({ SMS_UID }) => SMS_UID)));
        expect(uids.filter((uid) => !seen.has(uid))).toEqual([]);
      },
      { timeout: 120_000, interval: 100 },
    );
    expect(hanging.size).toBeGreaterThan(0);
  });
});
