import { parseCustomerBody } from '../../uip/domain/customer-body.js';
import { readReportEntry, type ReportEntry } from '../../uip/domain/report-entry.js';
import { parseUipTime } from '../../uip/domain/uip-time.js';

/** A report packet whose shape has been checked, as far as intake looks at it. */
export interface ReportPacket {
  readonly SMS_UID: string;
  readonly SMS_RESULT_LIST: readonly unknown[];
  readonly REPORT_TIME?: string;
  readonly CUSTOMER_BODY?: unknown;
}

/** One entry of a report, as it is stored. Times in milliseconds of business time. */
export interface NewReport {
  readonly receivedAt: number;
  /** REPORT_TIME where it can be read. */
  readonly reportedAt: number | undefined;
  /** The attempt that CUSTOMER_BODY names. */
  readonly attemptId: string | undefined;
  /** There is a CUSTOMER_BODY, and it is not one of ours. */
  readonly foreignBody: boolean;
  readonly countryCode: number;
  readonly msisdn: string;
  /** As it came. */
  readonly smsState: number;
  readonly smsUid: string;
  /** RESULT_DESC, cut to what is worth keeping; the packet itself is in `raw`. */
  readonly description: string | undefined;
  /** The packet, as received. */
  readonly raw: string;
}

/** Longest RESULT_DESC that is kept beside the packet, in characters: eight times what the protocol allows. */
const MAX_DESCRIPTION = 256;

/**
 * What a report packet says, entry by entry: each is judged alone (protocol.md 7), and those that can't be read are left out.
 *
 * @param raw the packet, as received
 * @param receivedAt milliseconds of business time
 */
export function readReports(packet: ReportPacket, raw: string, receivedAt: number): NewReport[] {
  const correlation = parseCustomerBody(packet.CUSTOMER_BODY);
  const common = {
    receivedAt,
    reportedAt: packet.REPORT_TIME === undefined ? undefined : parseUipTime(packet.REPORT_TIME),
    attemptId: correlation.kind === 'ours' ? correlation.attemptId : undefined,
    foreignBody: correlation.kind === 'foreign',
    smsUid: packet.SMS_UID,
    raw,
  };
  const reports: NewReport[] = [];
  for (const item of packet.SMS_RESULT_LIST) {
    const entry = readReportEntry(item);
    if (entry.kind === 'report') reports.push({ ...common, ...columnsOf(entry) });
  }
  return reports;
}

function columnsOf(entry: ReportEntry): Pick<NewReport, 'countryCode' | 'msisdn' | 'smsState' | 'description'> {
  return {
    countryCode: entry.countryCode,
    msisdn: entry.msisdn,
    smsState: entry.state,
    // PostgreSQL's text can't hold U+0000.
    description: entry.description?.slice(0, MAX_DESCRIPTION).replaceAll('\u0000', ''),
  };
}
