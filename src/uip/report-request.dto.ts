import { lenientUint, listOfOne, type WireObject } from './domain/members.js';
import { parseUipTime } from './domain/uip-time.js';
import { faultsOf, fillDto, toUipFault } from './packet-faults.js';
import { IsListOf, IsPresent, IsPrintableAscii, IsText, IsUipTime, MaxBytes, MaxJsonBytes } from './packet-rules.js';

/** Most entries of one report that are read; the platform sends one number's a packet. */
export const MAX_REPORT_ENTRIES = 200;

/**
 * SMS_PUSH_REPORT, platform to customer (protocol.md 7), without METHOD, TYPE and SERIAL, which are judged before. What is
 * absent is `undefined`.
 *
 * The gateway is lenient in what it receives, since a report that it refuses is lost to it: any JSON value may stand as
 * CUSTOMER_BODY (`parseCustomerBody` judges it), a REPORT_TIME that is no time only goes unused.
 */
export class ReportRequestDto {
  @IsText()
  @MaxBytes(32)
  @IsUipTime()
  TIME?: string;

  /** 1..32 printable characters. */
  @IsPresent()
  @IsText()
  @MaxBytes(32)
  @IsPrintableAscii()
  SMS_UID: string;

  /** The sender ID used. */
  @IsText()
  @MaxBytes(32)
  SOURCE_MSISDN?: string;

  /** One object instead of a list has become a list of one; entries are judged one by one (`readReportEntry`). */
  @IsPresent()
  @IsListOf('anything', MAX_REPORT_ENTRIES)
  SMS_RESULT_LIST: readonly unknown[];

  /** When the platform learned the state, as it came. */
  @IsText()
  @MaxBytes(32)
  REPORT_TIME?: string;

  @MaxJsonBytes(255)
  CUSTOMER_BODY?: unknown;
}

const MEMBERS = ['TIME', 'SMS_UID', 'SOURCE_MSISDN', 'SMS_RESULT_LIST', 'REPORT_TIME', 'CUSTOMER_BODY'] as const;

/**
 * Reads a report packet.
 *
 * @throws UipFault Invalid_parameter, with the first member at fault
 */
export function readReportRequest(packet: WireObject): ReportRequestDto {
  const dto = fillDto(ReportRequestDto, MEMBERS, packet);
  dto.SMS_RESULT_LIST = listOfOne(dto.SMS_RESULT_LIST) as readonly unknown[];
  dto.SMS_UID = uidText(dto.SMS_UID);
  const fault = faultsOf(dto)[0];
  if (fault !== undefined) throw toUipFault(fault);
  return dto;
}

/**
 * When the platform learned the state: REPORT_TIME, in milliseconds since 1970-01-01 UTC, where it is there and readable.
 *
 * @param offsetMinutes zone of the platform's times, minutes east of UTC
 */
export function reportTimeOf(report: ReportRequestDto, offsetMinutes?: number): number | undefined {
  return report.REPORT_TIME === undefined ? undefined : parseUipTime(report.REPORT_TIME, offsetMinutes);
}

/** An SMS_UID of digits only may have come as a JSON number; as a text it is judged like any other. */
function uidText(value: unknown): string {
  const number = typeof value === 'number' ? lenientUint(value) : undefined;
  return (number === undefined ? value : String(number)) as string;
}
