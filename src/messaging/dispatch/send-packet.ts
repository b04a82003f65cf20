import type { ClaimedPacket } from '../../database/statements/claim.js';
import { attemptBody } from '../../uip/domain/customer-body.js';

/** The protocol version that the gateway speaks (protocol.md 3). */
const VERSION = '2021-01-01';

/**
 * The members of the SMS_SEND_REQUEST of a claimed packet, as JSON text (protocol.md 3). The list of numbers is written by
 * concatenation: there are up to 200, and they are digits. CUSTOMER_BODY carries the attempt, and comes back in every report.
 */
export function sendRequestMembers(packet: ClaimedPacket, authKey: string): string {
  const optional = {
    ...(packet.sender === null ? {} : { ORIGINAL_ADDR: packet.sender }),
    ...(packet.signature === null ? {} : { SIGNATURE: packet.signature }),
    ...(packet.signatureType === null ? {} : { SIGNATURE_TYPE: packet.signatureType }),
  };
  const others = JSON.stringify({
    AUTH_KEY: authKey,
    SMS_CONTENT: packet.text,
    ROUTE_ID: packet.routeName,
    ...optional,
    PRIORITY: packet.lane,
    VERSION,
    CUSTOMER_BODY: attemptBody(packet.attemptId),
  });
  let numbers = '';
  for (let index = 0; index < packet.msisdns.length; index += 1) {
    numbers += `${index === 0 ? '' : ','}{"COUNTRY_CODE":${packet.countryCodes[index]},"DEST_MSISDN":"${packet.msisdns[index]}"}`;
  }
  return `${others.slice(0, -1)},"MULTI_MSISDN_LIST":[${numbers}]}`;
}
