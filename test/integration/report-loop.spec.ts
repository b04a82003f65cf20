import { pino } from 'pino';

import { Notifications } from '../../src/database/notifications.js';
import { STATUS_CODE } from '../../src/messaging/domain/message-status.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportApplyLoop } from '../../src/reporting/report-apply.loop.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { eventually } from '../support/eventually.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const logger = pino({ level: 'silent' });
let traffic: GatewayTraffic;
let writer: ReportWriter;
let notifications: Notifications;
let loop: ReportApplyLoop;

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  writer = new ReportWriter(traffic.database);
  notifications = new Notifications(traffic.url, logger);
  const applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
  loop = new ReportApplyLoop(applier, traffic.database, notifications, logger);
});

afterAll(async () => {
  await loop.onModuleDestroy();
  await notifications.onApplicationShutdown();
  await traffic.drop();
});

describe('the loop that applies reports', () => {
  it('sets a report aside that PostgreSQL refuses, and applies the others', async () => {
    const numbers = Array.from({ length: 9 }, (_, index) => String(67_000_000 + index));
    const sent = await traffic.send(numbers);
    // A row that no statement of ours makes: its message's update fails.
    await traffic.rows(
      `create function refuse_it() returns trigger language plpgsql as
       $$ begin if new.ordinal = 5 and new.sms_state is not null then raise exception 'refused'; end if; return new; end $$`,
    );
    await traffic.rows('create trigger refuse_it before update on message for each row execute function refuse_it()');
    await writer.store(numbers.map((msisdn, index) => traffic.report(sent, `UID${index}`, 2, { msisdn })));
    let rounds = 0;
    while (await loop.round()) rounds += 1;
    expect(rounds).toBeGreaterThan(0);
    const delivered = await traffic.rows<{ ordinal: number }>(
      'select ordinal from message where submission_id = $1 and status = $2 order by ordinal',
      [sent.submissionId, STATUS_CODE.delivered],
    );
    expect(delivered.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
    const aside = await traffic.rows<{ later: boolean; tries: number }>(
      `select due_at > now() + interval '5 minutes' as later, tries from report_queue`,
    );
    expect(aside).toEqual([{ later: true, tries: 1 }]);
    await traffic.accounts();
  });

  it('is woken by what is stored', async () => {
    await loop.onApplicationBootstrap();
    const sent = await traffic.send(['67000099']);
    await writer.store([traffic.report(sent, 'UID99', 2)]);
    await eventually(async () => {
      expect(await traffic.message(sent)).toMatchObject({ status: STATUS_CODE.delivered });
    });
  });
});
