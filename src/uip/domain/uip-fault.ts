import { ApplicationError, type ErrorKind } from '../../errors.js';
import { resultName, ResultCode } from './result-code.js';

const KIND: ReadonlyMap<number, ErrorKind> = new Map<number, ErrorKind>([
  [ResultCode.Unknown_error, 'internal'],
  [ResultCode.Busy, 'overload'],
  [ResultCode.Channel_not_exist, 'unauthorized'],
  [ResultCode.Queue_too_large, 'overload'],
  [ResultCode.DB_not_find, 'unavailable'],
  [ResultCode.Invalid_parameter, 'malformed'],
  [ResultCode.Empty_data, 'malformed'],
  [ResultCode.Empty_packet, 'malformed'],
  [ResultCode.Lost_info, 'malformed'],
]);

/**
 * A packet-level fault: thrown anywhere behind a UIP listener, it becomes the ANSWER with its RESULT_CODE and an empty
 * DETAIL_LIST (protocol.md 3, 4).
 *
 * Its `code` is `uip.` and the name of the RESULT_CODE in lower case, e.g. `uip.invalid_parameter`.
 */
export class UipFault extends ApplicationError {
  /**
   * @param resultCode RESULT_CODE of the ANSWER
   * @param detail what is wrong, for RESULT_DESC: printable ASCII, without any number, text or key
   * @param cause the error behind it, for our log
   */
  constructor(
    readonly resultCode: number,
    readonly detail?: string,
    cause?: unknown,
  ) {
    const name = resultName(resultCode);
    const message = detail === undefined ? name : `${name}: ${detail}`;
    super(KIND.get(resultCode) ?? 'rule', `uip.${name.toLowerCase()}`, message, { cause });
  }
}
