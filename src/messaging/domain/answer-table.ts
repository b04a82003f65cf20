import {
  type ClientClass,
  clientClass,
  RESULT_CODES,
  type ResultLevel,
  resultName,
} from '../../uip/domain/result-code.js';
import type { InDoubtReason, NotSentReason } from '../../uip/uip-transport.js';

/** What becomes of the numbers that a row of the table is about. */
export type Fate = 'accepted' | 'in_doubt' | 'retry' | 'failed';

/** One row: something that can come of sending a packet, and what the gateway does about it. */
export interface AnswerRow {
  /** What was read, or happened. */
  readonly event: string;
  /** Whom it is about: the packet's numbers, all of them, or one. */
  readonly about: ResultLevel;
  readonly fate: Fate;
  readonly action: string;
}

const TEN_MINUTES = 'a new packet, 10 minutes later, while valid';

const BY_CLASS: Readonly<Record<ClientClass, readonly [Fate, string]>> = {
  ok: ['accepted', 'submitted, and charged'],
  doubtful: ['in_doubt', 'never sent again by itself'],
  retry_later: ['retry', TEN_MINUTES],
  retry_once: ['retry', `${TEN_MINUTES}; the second time failed`],
  our_fault: ['failed', 'hold released'],
  configuration: ['retry', 'the route stops; the packet keeps its place while valid'],
  refused: ['failed', 'hold released'],
};

/** What differs from the class: an ANSWER without entries accepts nobody in particular; what no retry can help, and halving. */
const EXCEPTIONS: Readonly<Record<string, readonly [Fate, string]>> = {
  'packet OK': ['in_doubt', 'accepted, but nothing says which numbers: never sent again by itself'],
  'packet Invalid_parameter': [
    'retry',
    'halved until the culprit is alone, which fails; when two have failed with the same code alone, the rest fail with it',
  ],
  'number Channel_not_exist': ['failed', 'hold released'],
  'number Invalid_Version': ['failed', 'hold released'],
};

function codeRow(code: number, about: ResultLevel): AnswerRow {
  const name = resultName(code);
  const [fate, action] = EXCEPTIONS[`${about} ${name}`] ?? BY_CLASS[clientClass(code, about)];
  return { event: `${name} (0x${code.toString(16)})`, about, fate, action };
}

/** A code that the protocol does not name: nobody knows what it means. */
const unknownCode = (about: ResultLevel): AnswerRow => ({
  event: 'any other RESULT_CODE',
  about,
  fate: 'in_doubt',
  action: BY_CLASS.doubtful[1],
});

const entryRow = (event: string): AnswerRow => ({
  event,
  about: 'number',
  fate: 'in_doubt',
  action: 'this number alone; never sent again by itself',
});

const NOT_SENT = 'the packet keeps its place while valid';
const RESTS = `the route rests, 30 seconds at the longest; ${NOT_SENT}`;
const STOPS = `the route stops, 5 minutes at the longest at a time; ${NOT_SENT}`;

/** Of a packet that has certainly not been taken. */
const NOT_SENT_ROWS: Readonly<Record<NotSentReason, readonly [string, string]>> = {
  deadline: ['no connection by the deadline', RESTS],
  withheld: ['too late for the first byte: the process was stopped', NOT_SENT],
  dns: ['the name has no address', RESTS],
  connect: ['connection refused, unreachable, not in time', RESTS],
  tls: ['the TLS handshake fails', RESTS],
  address: ['no permitted address', RESTS],
  url: ['not a URL that may be sent to', STOPS],
  status: ['HTTP 403, 404, 405 or 413', STOPS],
  closed: ['the process ends', RESTS],
};

const NEVER_AGAIN = 'never sent again by itself';

/** Of a packet of which a byte has left. */
const IN_DOUBT_ROWS: Readonly<Record<InDoubtReason, readonly [string, string]>> = {
  timeout: ['no ANSWER by the deadline', `${NEVER_AGAIN}; an ANSWER that is read later still counts`],
  reset: ['the connection ends before the ANSWER does', NEVER_AGAIN],
  status: ['any other HTTP status (1xx, 2xx, 3xx, 4xx, 5xx) without an ANSWER', NEVER_AGAIN],
  malformed: ['HTTP 200 without a well-formed ANSWER', NEVER_AGAIN],
  oversize: ['more than 256 KiB', NEVER_AGAIN],
  serial: ['an ANSWER with another SERIAL', NEVER_AGAIN],
};

const packetRow = (fate: Fate, [event, action]: readonly [string, string]): AnswerRow => ({
  event,
  about: 'packet',
  fate,
  action,
});

/**
 * Everything that can come of sending a packet, and what becomes of its numbers (protocol.md 1, 3 and 4, design.md 3 rules 6
 * and 9). docs/sending.md shows this very table; tests hold both to it, and to what the code does.
 */
export const ANSWER_TABLE: readonly AnswerRow[] = [
  ...RESULT_CODES.map((code) => codeRow(code, 'packet')),
  unknownCode('packet'),
  ...RESULT_CODES.map((code) => codeRow(code, 'number')),
  unknownCode('number'),
  entryRow('no entry in DETAIL_LIST'),
  entryRow('two entries or more'),
  entryRow('an entry that can not be read'),
  {
    event: 'an entry for a number that was not sent',
    about: 'number',
    fate: 'in_doubt',
    action: 'says nothing: it is logged',
  },
  ...Object.values(NOT_SENT_ROWS).map((row) => packetRow('retry', row)),
  ...Object.values(IN_DOUBT_ROWS).map((row) => packetRow('in_doubt', row)),
];
