import { isUtf8 } from 'node:buffer';
import { isWord, MAX_JSON_DEPTH, type UipMethod } from './domain/envelope.js';
import { exceedsDepth } from './domain/json-depth.js';
import { isWireObject, lenientUint, type WireObject } from './domain/members.js';
import { canonicalResultCode } from './domain/result-code.js';
import { faultsOf } from './packet-faults.js';
import { fillReportAnswer } from './report-answer.dto.js';
import { descriptionOf, fillSendAnswer, readAnswerEntry, type AnswerEntry } from './send-answer.dto.js';

/** A well-formed ANSWER. */
export interface UipAnswer {
  /** `undefined` where it can't be read. */
  readonly serial: number | undefined;
  /** Of the packet as a whole; the misprint 0x100000D has become 0x1000000D. */
  readonly resultCode: number;
  readonly resultDesc: string;
  /** Readable entries of DETAIL_LIST, in the order they came; always empty in the ANSWER to a report. */
  readonly entries: readonly AnswerEntry[];
  /** How many entries could not be read. */
  readonly unreadable: number;
}

/**
 * Reads the body of an HTTP 200 as the ANSWER to a packet of `method`.
 *
 * @returns the ANSWER, or in a few words why this is none: not UTF-8, not JSON, a wrong METHOD or TYPE, no RESULT_CODE, a
 *   DETAIL_LIST that is no list of up to 200 objects
 */
export function readAnswer(body: Buffer, method: UipMethod): UipAnswer | string {
  const packet = parse(body);
  if (packet === undefined) return 'the answer is not a JSON object';
  if (!isWord(packet['TYPE'], 'ANSWER')) return 'TYPE is not ANSWER';
  if (!isWord(packet['METHOD'], method)) return `METHOD is not ${method}`;
  return method === 'SMS_SEND_REQUEST' ? readSendAnswer(packet) : readReportAnswer(packet);
}

function readSendAnswer(packet: WireObject): UipAnswer | string {
  const dto = fillSendAnswer(packet);
  const fault = faultsOf(dto)[0];
  if (fault !== undefined) return fault.sentence;
  // Where DETAIL_LIST is absent it may be null or an empty text.
  const list = Array.isArray(dto.DETAIL_LIST) ? dto.DETAIL_LIST : [];
  const entries = list.map(readAnswerEntry).filter((entry) => entry !== undefined);
  return { ...general(packet, dto), entries, unreadable: list.length - entries.length };
}

function readReportAnswer(packet: WireObject): UipAnswer | string {
  const dto = fillReportAnswer(packet);
  const fault = faultsOf(dto)[0];
  return fault === undefined ? { ...general(packet, dto), entries: [], unreadable: 0 } : fault.sentence;
}

function general(
  packet: WireObject,
  dto: { readonly RESULT_CODE: number; readonly RESULT_DESC?: unknown },
): Pick<UipAnswer, 'serial' | 'resultCode' | 'resultDesc'> {
  return {
    serial: lenientUint(packet['SERIAL']),
    resultCode: canonicalResultCode(dto.RESULT_CODE),
    resultDesc: descriptionOf(dto),
  };
}

function parse(body: Buffer): WireObject | undefined {
  if (!isUtf8(body)) return undefined;
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  if (exceedsDepth(text, MAX_JSON_DEPTH)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isWireObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
