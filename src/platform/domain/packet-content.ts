import { DATA_CODING, type DataCoding } from '../../messaging/domain/encoding.js';
import { formatText, isSignatureType } from '../../messaging/domain/signature.js';
import { countSegments } from '../../messaging/domain/slicing.js';
import { ResultCode } from '../../uip/domain/result-code.js';
import { UipFault } from '../../uip/domain/uip-fault.js';
import type { SendRequestDto } from '../../uip/send-request.dto.js';

/** The text of a packet as it goes to the handset. */
export interface PacketContent {
  /** Formatted, signature included. */
  readonly text: string;
  readonly dataCoding: DataCoding;
  readonly segments: number;
}

/**
 * Forms and measures the text of a packet (protocol.md 5, 6).
 * @throws UipFault Invalid_context when it takes more than 10 segments
 */
export function contentOf(request: SendRequestDto): PacketContent {
  const { SMS_CONTENT: given, SIGNATURE: signature, SIGNATURE_TYPE: type } = request;
  const text = formatText(given, signature, isSignatureType(type) ? type : undefined);
  const { encoding, segments, tooLong } = countSegments(text);
  if (tooLong) throw new UipFault(ResultCode.Invalid_context, 'SMS_CONTENT takes more than 10 segments');
  return { text, dataCoding: DATA_CODING[encoding], segments };
}
