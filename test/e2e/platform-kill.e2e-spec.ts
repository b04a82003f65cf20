import { eventually } from '../support/eventually.js';
import { units } from '../support/conformance.js';
import { account } from '../support/platform.js';
import { type PlatformProcess, PlatformProcesses } from '../support/platform-process.js';

const KILLS = process.env.TEST_SIZE === 'long' ? 20 : 3;
const CLIENTS = 16;
/** ANSWERs that each life of the platform gives before it ends. */
const PACKETS_A_LIFE = 60;
const BALANCE = '100000';

interface StatementRow {
  readonly uid: string;
  readonly amount: bigint;
  readonly state: string;
}

describe('kill -9 of the platform under load', () => {
  let processes: PlatformProcesses;
  /** SMS_UIDs that an ANSWER has given with RESULT_CODE 1. */
  const log: string[] = [];
  let packets = 0;

  beforeAll(async () => {
    processes = await PlatformProcesses.prepare((callbackUrl) => ({
      accounts: [account({ callbackUrl, balance: BALANCE })],
      handsets: [
        {
          match: '*',
          reports: [
            { state: 1, after: '0s' },
            { state: 2, after: '100ms' },
          ],
        },
      ],
    }));
  });
  afterAll(() => processes.cleanUp());

  /** One client: sends until the platform is gone. */
  const send = async ({ client }: PlatformProcess, number: number): Promise<void> => {
    for (let serial = 0; ; serial += 1) {
      const from = 60_000_000 + number * 100_000 + (serial % 1000) * 10;
      const list = Array.from({ length: 5 }, (_, index) => ({ COUNTRY_CODE: 852, DEST_MSISDN: String(from + index) }));
      const answer = await client.send({ MULTI_MSISDN_LIST: list }).catch(() => undefined);
      if (answer === undefined) return;
      packets += 1;
      log.push(...answer.DETAIL_LIST.filter(({ RESULT_CODE }) => RESULT_CODE === 1).map(({ SMS_UID }) => SMS_UID));
    }
  };

  const statement = async ({ program }: PlatformProcess): Promise<StatementRow[]> => {
    const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7);
    const { platformAdminUrl: url, platformAdminKey: key } = program.local;
    const response = await fetch(`${url}/admin/v1/accounts/demo/statement?month=${month}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const [header, ...lines] = (await response.text()).trimEnd().split('\n');
    expect(header).toBe('sms_uid,accepted_at,country_code,msisdn,segments,unit_price,amount,currency,state');
    return lines.map((line) => {
      const fields = line.split(',');
      return { uid: fields[0], amount: units(fields[6]), state: fields[8] };
    });
  };

  it('P9-LEDGER-1 loses no SMS that was answered, and no debit is without its SMS nor the reverse', async () => {
    for (let life = 0; life < KILLS; life += 1) {
      const platform = await processes.start();
      const enough = packets + PACKETS_A_LIFE;
      const clients = Array.from({ length: CLIENTS }, (_, number) => send(platform, number));
      await eventually(() => packets >= enough, { timeout: 60_000, interval: 5 });
      await platform.program.kill();
      await Promise.all(clients);
    }
    const last = await processes.start();
    const reported = () => new Set(processes.customer.reports.flatMap((report) => finalUidOf(report)));
    await eventually(
      () => {
        const seen = reported();
        expect(log.filter((uid) => !seen.has(uid))).toEqual([]);
      },
      { timeout: 90_000, interval: 250 },
    );

    const rows = await statement(last);
    const uids = new Set(rows.map(({ uid }) => uid));
    expect(rows).toHaveLength(uids.size);
    expect(log.filter((uid) => !uids.has(uid))).toEqual([]);
    expect(new Set(log).size).toBe(log.length);
    // What was stored without an ANSWER that we saw is an SMS like any other: it is in the statement, and it gets its report.
    await eventually(() => expect(rows.filter(({ uid }) => !reported().has(uid))).toEqual([]), { timeout: 60_000 });
    const { amount } = await last.program.platform.balance('demo');
    expect(units(BALANCE) - units(amount)).toBe(rows.reduce((sum, row) => sum + row.amount, 0n));
    expect(rows.every((row) => row.amount === 35_000_000n)).toBe(true);
    for (const uid of log) expect(processes.customer.statesOf(uid).indexOf(1)).toBe(0);
  }, 900_000);
});

function finalUidOf(report: { SMS_UID: string; SMS_RESULT_LIST: readonly { SMS_STATE: number }[] }): string[] {
  return report.SMS_RESULT_LIST.some(({ SMS_STATE }) => SMS_STATE === 2) ? [report.SMS_UID] : [];
}
