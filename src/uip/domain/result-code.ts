/**
 * RESULT_CODE of an ANSWER, for the packet as a whole and for each number in it (protocol.md 4). Travels as a decimal
 * JSON number. Keys are the protocol's own names; `Empty_packet` is its second "Empty_data" (JSON without a known member).
 */
export const ResultCode = {
  OK: 0x01,
  Unknown_error: 0x02,
  Busy: 0x03,
  Empty_data: 0x04,
  Channel_not_exist: 0x05,
  Invalid_parameter: 0x10000001,
  Invalid_context: 0x10000003,
  Send_failed: 0x10000004,
  Queue_too_large: 0x10000005,
  Intercept: 0x10000006,
  Lost_info: 0x10000007,
  Empty_packet: 0x1000000d,
  DB_not_find: 0x1000000e,
  Unpriced_area: 0x1000000f,
  Invalid_Version: 0x10000010,
} as const;

/** One of the codes that the protocol names. */
export type ResultCode = (typeof ResultCode)[keyof typeof ResultCode];

/**
 * What a client makes of a code (protocol.md 4, "for the client").
 * - `ok`: accepted.
 * - `doubtful`: nobody knows whether it was sent: never sent again by itself.
 * - `retry_later`: refused for now, try again in 10 minutes.
 * - `retry_once`: the same, once; refused after that.
 * - `our_fault`: the packet is wrong; sending it again can't help.
 * - `configuration`: the account or our settings are wrong: stop the route.
 * - `refused`: this number will not be served.
 */
export type ClientClass = 'ok' | 'doubtful' | 'retry_later' | 'retry_once' | 'our_fault' | 'configuration' | 'refused';

/** Whether a code stands for the packet as a whole or in an entry of DETAIL_LIST. */
export type ResultLevel = 'packet' | 'number';

interface ResultCodeRow {
  readonly name: string;
  readonly packet: ClientClass;
  readonly number: ClientClass;
}

const row = (name: string, packet: ClientClass, number: ClientClass = packet): ResultCodeRow => ({
  name,
  packet,
  number,
});

const TABLE: ReadonlyMap<number, ResultCodeRow> = new Map<number, ResultCodeRow>([
  [ResultCode.OK, row('OK', 'ok')],
  [ResultCode.Unknown_error, row('Unknown_error', 'doubtful')],
  [ResultCode.Busy, row('Busy', 'retry_later')],
  [ResultCode.Empty_data, row('Empty_data', 'our_fault')],
  [ResultCode.Channel_not_exist, row('Channel_not_exist', 'configuration')],
  [ResultCode.Invalid_parameter, row('Invalid_parameter', 'our_fault')],
  [ResultCode.Invalid_context, row('Invalid_context', 'our_fault')],
  [ResultCode.Send_failed, row('Send_failed', 'doubtful', 'refused')],
  [ResultCode.Queue_too_large, row('Queue_too_large', 'retry_later')],
  [ResultCode.Intercept, row('Intercept', 'retry_once')],
  [ResultCode.Lost_info, row('Lost_info', 'our_fault')],
  [ResultCode.Empty_packet, row('Empty_data', 'our_fault')],
  [ResultCode.DB_not_find, row('DB_not_find', 'retry_later')],
  [ResultCode.Unpriced_area, row('Unpriced_area', 'refused')],
  [ResultCode.Invalid_Version, row('Invalid_Version', 'configuration')],
]);

/** The original's typographic error for Empty_packet, accepted on reading and never written. */
const EMPTY_PACKET_MISPRINT = 0x100000d;

/** Every code of the protocol, in the order of its table. */
export const RESULT_CODES: readonly number[] = [...TABLE.keys()];

/** Whether the protocol names this code. */
export function isResultCode(code: number): code is ResultCode {
  return TABLE.has(code);
}

/**
 * Name of a code as the protocol spells it, e.g. `Invalid_parameter`: the RESULT_DESC that we write, and the `reason` of a
 * failed message. A code that is not in the table is named by its number: `0x10000099`.
 */
export function resultName(code: number): string {
  return TABLE.get(code)?.name ?? `0x${code.toString(16)}`;
}

/** What a client makes of a code; one that is not in the table says nothing reliable, so it is `doubtful`. */
export function clientClass(code: number, level: ResultLevel): ClientClass {
  return TABLE.get(code)?.[level] ?? 'doubtful';
}

/** A code as read from the wire: the misprinted 0x100000D means 0x1000000D. */
export function canonicalResultCode(code: number): number {
  return code === EMPTY_PACKET_MISPRINT ? ResultCode.Empty_packet : code;
}
