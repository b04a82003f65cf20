import { parseCustomerBody } from '../../uip/domain/customer-body.js';
import { readReportEntry } from '../../uip/domain/report-entry.js';
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
  const reportedAt = packet.REPORT_TIME === undefined ? undefined : parseUipTime(packet.REPORT_TIME);
  const reports: NewReport[] = [];
  for (const item of packet.SMS_RESULT_LIST) {
    const entry = readReportEntry(item);
    if (entry.kind === 'fault') continue;
    // Member by member: to spread two objects into one takes V8 longer than all else that is done with a report here.
    reports.push({
      receivedAt,
      reportedAt,
      attemptId: correlation.kind === 'ours' ? correlation.attemptId : undefined,
      foreignBody: correlation.kind === 'foreign',
      countryCode: entry.countryCode,
      msisdn: entry.msisdn,
      smsState: entry.state,
      smsUid: packet.SMS_UID,
      description: storable(entry.description),
      raw,
    });
  }
  return reports;
}

/** PostgreSQL's text can't hold U+0000. */
function storable(description: string | undefined): string | undefined {
  const cut = description?.slice(0, MAX_DESCRIPTION);
  return cut?.includes('\u0000') ? cut.replaceAll('\u0000', '') : cut;
}
