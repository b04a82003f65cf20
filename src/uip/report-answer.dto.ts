import { lenientUint, type WireObject } from './domain/members.js';
import { IsInteger, IsPresent } from './packet-rules.js';

/** The ANSWER to a report, as the platform reads it (protocol.md 7); only RESULT_CODE 1 means "received". */
export class ReportAnswerDto {
  @IsPresent()
  @IsInteger()
  RESULT_CODE: number;

  /** Whatever came: nobody decides by it. */
  RESULT_DESC?: unknown;
}

/** Members of the wire that make up the DTO; a numeric text is read as a number. */
export function fillReportAnswer(packet: WireObject): ReportAnswerDto {
  const dto = new ReportAnswerDto();
  dto.RESULT_CODE = (lenientUint(packet['RESULT_CODE']) ?? packet['RESULT_CODE']) as number;
  dto.RESULT_DESC = packet['RESULT_DESC'];
  return dto;
}
