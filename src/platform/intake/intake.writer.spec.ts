import type { Database } from '../../database/database.js';
import type { Statement } from '../../database/statement.js';
import type { MeterRow } from '../../database/statements/platform-intake.js';
import type { Account } from '../domain/account.js';
import type { AcceptedPacket } from './accepted-packet.js';
import { IntakeWriter } from './intake.writer.js';

const account = { id: 1, ratePerSecond: 10, queueLimit: 100 } as Account;
const packet: AcceptedPacket = {
  id: '01900000-0000-7000-8000-000000000000',
  acceptedAt: 0,
  routeId: 1,
  dataCoding: 0,
  segments: 1,
  lane: 0,
  sender: 'S',
  text: 'x',
  customerBody: undefined,
  sms: 1,
  numbers: [
    { ordinal: 1, countryCode: 852, msisdn: '67000011', price: { id: 1, perSegment: 1n }, rejection: undefined },
  ],
};

describe('IntakeWriter', () => {
  it.each([
    ['busy', { tokens: -1e9, waiting: 0 }],
    ['queue_full', { tokens: 10, waiting: 100 }],
  ])('refuses a flood (%s) without a statement for each packet', async (result, meter) => {
    const statements: string[] = [];
    const row: MeterRow = { amount: '1', version: 1, rate_per_second: 10, queue_limit: 100, ...meter };
    const run = (statement: Statement<object>) => {
      statements.push(statement.name);
      return Promise.resolve(statement.name === 'platform_read_meter' ? [row] : []);
    };
    const writer = new IntakeWriter({ run } as unknown as Database);
    expect(await writer.store(account, packet)).toBe(result);
    expect(statements).toEqual(['platform_take_in_packets', 'platform_read_meter']);
    const started = performance.now();
    for (let index = 0; index < 200; index += 1) expect(await writer.store(account, packet)).toBe(result);
    // One more look each time that what was read has become too old.
    expect(statements.length).toBeLessThanOrEqual(2 * (2 + (performance.now() - started) / 100));
  });
});
