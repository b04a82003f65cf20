import type { UipMethod } from './envelope.js';
import { toPrintable } from './members.js';
import { ResultCode, resultName } from './result-code.js';
import { UipFault } from './uip-fault.js';

/** Longest RESULT_DESC of an ANSWER, in characters of printable ASCII (protocol.md 3). */
export const MAX_RESULT_DESC = 127;

/** One entry of DETAIL_LIST as the platform writes it (protocol.md 3). */
export interface AnswerDetail {
  /** As it came in the request, so that the client finds its number again; null where it is missing. */
  readonly COUNTRY_CODE: unknown;
  /** As it came in the request, or null. */
  readonly DEST_MSISDN: unknown;
  readonly SMS_UID: string;
  readonly RESULT_CODE: number;
  readonly RESULT_DESC: string;
}

/**
 * What a handler returns: an ANSWER without its general parameters, which the listener adds.
 *
 * A SERIAL here outranks the request's; only a simulated fault has a reason to set it.
 */
export interface UipAnswerBody {
  readonly RESULT_CODE: number;
  /** Default: the code's name. Whatever is not printable ASCII becomes `?`; cut to 127 characters. */
  readonly RESULT_DESC?: string;
  /** Only the ANSWER to a send request has one; empty for a packet-level fault. */
  readonly DETAIL_LIST?: readonly AnswerDetail[];
  readonly SERIAL?: number;
}

/** The general parameters of an ANSWER. */
export interface AnswerHead {
  readonly METHOD: UipMethod;
  readonly SERIAL: number;
  /** As written by `formatUipTime`. */
  readonly TIME: string;
}

/** The text of an ANSWER: general parameters, RESULT_CODE, RESULT_DESC, and DETAIL_LIST where there is one. */
export function answerText(head: AnswerHead, body: UipAnswerBody): string {
  const desc = toPrintable(body.RESULT_DESC ?? resultName(body.RESULT_CODE), MAX_RESULT_DESC);
  const list = body.DETAIL_LIST === undefined ? '' : `,"DETAIL_LIST":${JSON.stringify(body.DETAIL_LIST)}`;
  return (
    `{"METHOD":"${head.METHOD}","TYPE":"ANSWER","SERIAL":${body.SERIAL ?? head.SERIAL},"TIME":"${head.TIME}",` +
    `"RESULT_CODE":${body.RESULT_CODE},"RESULT_DESC":${JSON.stringify(desc)}${list}}`
  );
}

/** The ANSWER to a packet-level fault: its code, what is wrong, and for a send request an empty DETAIL_LIST. */
export function faultAnswer(method: UipMethod, resultCode: number, detail?: string): UipAnswerBody {
  const name = resultName(resultCode);
  const body = { RESULT_CODE: resultCode, RESULT_DESC: detail === undefined ? name : `${name}: ${detail}` };
  return method === 'SMS_SEND_REQUEST' ? { ...body, DETAIL_LIST: [] } : body;
}

/** Which RESULT_CODE stands for an error that is not a `UipFault`. */
export interface ErrorCodes {
  /** For anything unforeseen. Default: Unknown_error. */
  readonly unexpected?: number;
  /** For an `ApplicationError` of kind `unavailable`, i.e. storage that is away. Default: as `unexpected`. */
  readonly unavailable?: number;
}

/** The RESULT_CODE for any error: a fault's own, Busy for overload, else as `codes` say. */
export function resultCodeOf(error: unknown, codes: ErrorCodes = {}): number {
  if (error instanceof UipFault) return error.resultCode;
  const unexpected = codes.unexpected ?? ResultCode.Unknown_error;
  const kind = typeof error === 'object' && error !== null && 'kind' in error ? error.kind : undefined;
  if (kind === 'overload') return ResultCode.Busy;
  return kind === 'unavailable' ? (codes.unavailable ?? unexpected) : unexpected;
}
