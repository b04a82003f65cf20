import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { ApplicationError } from '../errors.js';
import { LOGGER } from '../runtime.module.js';
import { ResultCode } from '../uip/domain/result-code.js';
import { UipServerStrategy } from '../uip/uip-server.strategy.js';
import { CallbackHeartbeat } from './callback-heartbeat.js';
import type { NewReport } from './domain/incoming-report.js';
import { ReportAnswerFilter } from './report-answer.filter.js';
import { ReportIntakeController } from './report-intake.controller.js';
import { directReports } from './report-intake.route.js';
import { ReportIntake } from './report-intake.service.js';
import { ReportSink } from './report-sink.js';

const RECEIVED_AT = Date.UTC(2026, 0, 1);
const ENTRY = { COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' };
const REPORT = {
  METHOD: 'SMS_PUSH_REPORT',
  TYPE: 'REQUEST',
  SERIAL: 77,
  TIME: '2026-01-01 08:00:00',
  SMS_UID: 'A'.repeat(32),
  SMS_RESULT_LIST: [ENTRY],
};

/** The SMS_UIDs of reports that can't be stored, and why. */
const FAILURES: Readonly<Record<string, Error | undefined>> = {
  away: new ApplicationError('unavailable', 'database_unavailable', 'away'),
  full: new ApplicationError('overload', 'overloaded', 'full'),
  internal: new ApplicationError('internal', 'internal', 'broken'),
  thrown: new TypeError('unforeseen'),
};

const stored: NewReport[] = [];
let refused = 0;
const sink: ReportSink = {
  store: async (reports) => {
    const failure = FAILURES[reports[0].smsUid];
    if (failure !== undefined) throw failure;
    stored.push(...reports);
  },
};

@Module({
  controllers: [ReportIntakeController],
  providers: [
    ReportIntake,
    ReportAnswerFilter,
    { provide: ReportSink, useValue: sink },
    { provide: CallbackHeartbeat, useValue: { onRefused: () => (refused += 1) } },
    { provide: LOGGER, useValue: { warn: () => undefined } },
  ],
})
class IntakeModule {}

/** A listener of reports. @returns what a body is answered, what it stored, and how many it counted as refused */
async function listen(directly: boolean) {
  const strategy = new UipServerStrategy({
    method: 'SMS_PUSH_REPORT',
    path: '/dr',
    port: 0,
    host: '127.0.0.1',
    now: () => RECEIVED_AT,
  });
  const application = await NestFactory.createMicroservice(IntakeModule, { strategy, logger: false });
  if (directly) strategy.serveDirectly(directReports(application));
  await application.listen();
  const outcomeOf = async (body: string) => {
    stored.length = 0;
    refused = 0;
    const response = await fetch(`http://127.0.0.1:${strategy.port}/dr`, { method: 'POST', body });
    return { status: response.status, answer: await response.text(), stored: [...stored], refused };
  };
  return { outcomeOf, close: () => application.close() };
}

describe('a report', () => {
  let byNest: Awaited<ReturnType<typeof listen>>;
  let directly: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    byNest = await listen(false);
    directly = await listen(true);
  });

  afterAll(() => Promise.all([byNest.close(), directly.close()]));

  it.each<[string, object | string, number, number]>([
    ['that is well-formed', {}, ResultCode.OK, 0],
    ['of several entries, of which one is unreadable', { SMS_RESULT_LIST: [ENTRY, 5, ENTRY] }, ResultCode.OK, 0],
    ['without a readable entry', { SMS_RESULT_LIST: [5] }, ResultCode.Invalid_parameter, 1],
    ['without SMS_UID', { SMS_UID: null }, ResultCode.Invalid_parameter, 1],
    ['that is malformed', { TIME: 'never' }, ResultCode.Invalid_parameter, 1],
    ['of another METHOD', { METHOD: 'SMS_SEND_REQUEST' }, ResultCode.Invalid_parameter, 0],
    ['that is no JSON', '{', ResultCode.Invalid_context, 0],
    ['while the database is away', { SMS_UID: 'away' }, ResultCode.DB_not_find, 1],
    ['while too much waits', { SMS_UID: 'full' }, ResultCode.DB_not_find, 1],
    ['that is refused for a fault of ours', { SMS_UID: 'internal' }, ResultCode.DB_not_find, 1],
    ['on which something throws', { SMS_UID: 'thrown' }, ResultCode.DB_not_find, 1],
  ])('%s is answered alike on both ways', async (_name, changes, resultCode, refusals) => {
    const body = typeof changes === 'string' ? changes : JSON.stringify({ ...REPORT, ...changes });
    const outcome = await directly.outcomeOf(body);
    expect(outcome).toEqual(await byNest.outcomeOf(body));
    expect(JSON.parse(outcome.answer)).toMatchObject({ TYPE: 'ANSWER', RESULT_CODE: resultCode });
    expect(outcome.refused).toBe(refusals);
    expect(outcome.stored.length > 0).toBe(resultCode === ResultCode.OK);
  });
});
