import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { ApplicationError } from '../errors.js';
import { LOGGER } from '../runtime.module.js';
import { ResultCode } from '../uip/domain/result-code.js';
import { UipFault } from '../uip/domain/uip-fault.js';
import { readReports, type ReportPacket } from './domain/incoming-report.js';
import { ReportSink } from './report-sink.js';

/** Takes reports in: stored as they came, and nothing else, before they are answered (design.md 3 rule 8). */
@Injectable()
export class ReportIntake {
  constructor(
    private readonly sink: ReportSink,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Stores the readable entries of a packet.
   *
   * @param raw the packet, as received
   * @param receivedAt milliseconds of business time
   * @throws UipFault Invalid_parameter when no entry is readable; DB_not_find when they can't be stored now, so that the
   *   platform pushes them again
   */
  async take(packet: ReportPacket, raw: string, receivedAt: number): Promise<void> {
    const reports = readReports(packet, raw, receivedAt);
    if (reports.length === 0) throw new UipFault(ResultCode.Invalid_parameter, 'SMS_RESULT_LIST is unreadable');
    const unreadable = packet.SMS_RESULT_LIST.length - reports.length;
    if (unreadable > 0) this.logger.warn({ unreadable, readable: reports.length }, 'a report has unreadable entries');
    try {
      await this.sink.store(reports);
    } catch (error) {
      if (!(error instanceof ApplicationError) || error.kind === 'internal') throw error;
      this.logger.warn({ err: error }, 'a report could not be stored; the platform will push it again');
      throw new UipFault(ResultCode.DB_not_find, 'the report can not be stored now', error);
    }
  }
}
