import { Injectable, type PipeTransform } from '@nestjs/common';
import type { WireObject } from './domain/members.js';
import { readReportRequest, type ReportRequestDto } from './report-request.dto.js';

/** The shape of a report. */
@Injectable()
export class ReportRequestPipe implements PipeTransform<WireObject, ReportRequestDto> {
  /** @throws UipFault Invalid_parameter, with the first member at fault */
  transform(packet: WireObject): ReportRequestDto {
    return readReportRequest(packet);
  }
}
