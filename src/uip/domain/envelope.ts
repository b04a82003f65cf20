import { isUtf8 } from 'node:buffer';
import { exceedsDepth } from './json-depth.js';
import { isAbsent, isWireObject, type WireObject } from './members.js';
import { ResultCode } from './result-code.js';
import { isSerial } from './serial.js';

/** The METHODs of the protocol. */
export type UipMethod = 'SMS_SEND_REQUEST' | 'SMS_PUSH_REPORT';

/** Largest body that is read, in bytes: the largest legal packet has about 27 KB (design.md 2). */
export const MAX_BODY_BYTES = 256 * 1024;

/** Deepest nesting that is read: a CUSTOMER_BODY of 255 bytes can legally be some 130 levels deep. */
export const MAX_JSON_DEPTH = 256;

/** SERIAL of the ANSWER to a packet whose own can't be read (protocol.md 2). */
export const FALLBACK_SERIAL = 1;

/** A packet that has passed the checks that precede METHOD. */
export interface UipRequest {
  readonly kind: 'request';
  readonly packet: WireObject;
  readonly serial: number;
}

/** The first fault of a packet, in the protocol's order. */
export interface EnvelopeFault {
  readonly kind: 'fault';
  readonly resultCode: ResultCode;
  /** What is wrong, for RESULT_DESC. */
  readonly detail: string;
  /** SERIAL for the ANSWER: the packet's own where it could be read. */
  readonly serial: number;
}

/** What the raw body of a request turned out to be; `too_large` never reaches UIP and is answered by HTTP 413. */
export type EnvelopeReading = UipRequest | EnvelopeFault | { readonly kind: 'too_large' };

const KNOWN_MEMBERS: ReadonlySet<string> = new Set(
  (
    'METHOD TYPE SERIAL TIME RESULT_CODE RESULT_DESC DETAIL_LIST AUTH_KEY MULTI_MSISDN_LIST SMS_CONTENT ROUTE_ID ' +
    'ORIGINAL_ADDR SIGNATURE SIGNATURE_TYPE PRIORITY VERSION CUSTOMER_BODY SMS_UID SOURCE_MSISDN SMS_RESULT_LIST REPORT_TIME'
  ).split(' '),
);

const BYTE_ORDER_MARK = 0xfeff;

/**
 * The checks that precede METHOD, on the raw body, in the order of protocol.md 4: size, empty, JSON, no known member,
 * Lost_info, values of METHOD, TYPE, SERIAL. The first fault wins. Unknown members are kept and ignored.
 *
 * @param body the bytes of the HTTP body, whatever the Content-Type said
 * @param served the METHOD of the listener: the other one is an Invalid_parameter here
 */
export function readEnvelope(body: Buffer, served: UipMethod): EnvelopeReading {
  if (body.length > MAX_BODY_BYTES) return { kind: 'too_large' };
  const text = decode(body);
  if (text === undefined) return fault(ResultCode.Invalid_context, 'the body is not UTF-8');
  if (text.trim() === '') return fault(ResultCode.Empty_data, 'the body is empty');
  const packet = parse(text);
  if (packet === undefined) return fault(ResultCode.Invalid_context, 'the body is not JSON');
  if (!hasKnownMember(packet.value)) return fault(ResultCode.Empty_packet, 'no known member');
  return readGeneralMembers(packet.value, served);
}

function readGeneralMembers(packet: WireObject, served: UipMethod): EnvelopeReading {
  const { METHOD, TYPE, SERIAL } = packet;
  const serial = isSerial(SERIAL) ? SERIAL : FALLBACK_SERIAL;
  if (isBlank(METHOD)) return fault(ResultCode.Lost_info, 'METHOD is absent', serial);
  if (isBlank(TYPE)) return fault(ResultCode.Lost_info, 'TYPE is absent', serial);
  if (isAbsent(SERIAL)) return fault(ResultCode.Lost_info, 'SERIAL is absent', serial);
  if (!isWord(METHOD, served)) return fault(ResultCode.Invalid_parameter, `METHOD must be ${served}`, serial);
  if (!isWord(TYPE, 'REQUEST')) return fault(ResultCode.Invalid_parameter, 'TYPE must be REQUEST', serial);
  if (!isSerial(SERIAL)) return fault(ResultCode.Invalid_parameter, 'SERIAL must be a number, 1..65535', serial);
  return { kind: 'request', packet, serial };
}

/** Whether a value is this word, blanks around it ignored (protocol.md 2). */
export function isWord(value: unknown, word: string): boolean {
  return value === word || (typeof value === 'string' && value.trim() === word);
}

/** Decodes UTF-8, a byte order mark at its start left out; `undefined` for what is no UTF-8. */
function decode(body: Buffer): string | undefined {
  if (!isUtf8(body)) return undefined;
  const text = body.toString('utf8');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

function parse(text: string): { value: unknown } | undefined {
  if (exceedsDepth(text, MAX_JSON_DEPTH)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function hasKnownMember(value: unknown): value is WireObject {
  if (!isWireObject(value)) return false;
  for (const name in value) if (KNOWN_MEMBERS.has(name)) return true;
  return false;
}

function isBlank(value: unknown): boolean {
  return isAbsent(value) || (typeof value === 'string' && value.trim() === '');
}

function fault(resultCode: ResultCode, detail: string, serial: number = FALLBACK_SERIAL): EnvelopeFault {
  return { kind: 'fault', resultCode, detail, serial };
}
