import type { PushRow } from '../../database/statements/platform-push.js';
import { smsStateRow } from '../../uip/domain/sms-state.js';
import { formatUipTime } from '../../uip/domain/uip-time.js';
import type { OutgoingPacket } from '../../uip/uip-transport.js';
import { smsUid } from '../domain/sms-uid.js';

/** The report of one state of one SMS, as it goes over the wire (protocol.md 7). Pure. */
export function reportPacket(row: PushRow): OutgoingPacket {
  const members = JSON.stringify({
    SMS_UID: smsUid(row.packet_id, row.ordinal),
    SOURCE_MSISDN: row.sender,
    SMS_RESULT_LIST: [
      {
        COUNTRY_CODE: row.country_code,
        DEST_MSISDN: row.msisdn,
        SMS_STATE: row.state,
        RESULT_DESC: smsStateRow(row.state).name,
      },
    ],
    REPORT_TIME: formatUipTime(row.reported_at.getTime()),
  });
  // CUSTOMER_BODY is kept as text and goes back as the text that it is.
  const body = row.customer_body === null ? '' : `,"CUSTOMER_BODY":${row.customer_body}`;
  return { METHOD: 'SMS_PUSH_REPORT', members: `${members.slice(0, -1)}${body}}` };
}
