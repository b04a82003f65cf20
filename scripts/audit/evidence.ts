import { ApplicationError } from '../../src/errors.js';

/** A message of a kept 202 body. Amounts are decimal texts, as they came. */
export interface KeptMessage {
  readonly submissionId: string;
  readonly ordinal: number;
  /** E.164 without the plus. */
  readonly digits: string;
  readonly segments: number;
  readonly price: string;
  readonly cost: string;
  readonly currency: string;
}

/** A kept 202 body of `POST /v1/messages`. */
export interface KeptSubmission {
  readonly id: string;
  readonly cost: string;
  readonly currency: string;
  readonly messages: readonly KeptMessage[];
}

/** An entry of a kept ANSWER to an SMS_SEND_REQUEST (protocol.md 3). */
export interface KeptEntry {
  readonly uid: string;
  readonly digits: string;
  readonly resultCode: number;
}

/** A row of the platform's statement (contract.md 5). Amounts are decimal texts. */
export interface StatementRow {
  readonly uid: string;
  /** ISO-8601. */
  readonly acceptedAt: string;
  readonly countryCode: number;
  readonly msisdn: string;
  readonly segments: number;
  readonly unitPrice: string;
  readonly amount: string;
  readonly currency: string;
  /** SMS_STATE; null: not known yet. */
  readonly state: number | null;
}

/** Columns of the platform's statement, in their order. */
export const STATEMENT_COLUMNS = [
  'sms_uid',
  'accepted_at',
  'country_code',
  'msisdn',
  'segments',
  'unit_price',
  'amount',
  'currency',
  'state',
] as const;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DECIMAL = /^-?\d{1,12}(\.\d{1,8})?$/;
const CURRENCY = /^[A-Z]{3}$/;
const DIGITS = /^\d{1,20}$/;
const UID = /^[\x20-\x7e]{1,32}$/;
const STATEMENT_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** What was kept can't be read: the message says which member, never what stands there. */
export class UnreadableEvidenceError extends ApplicationError {
  constructor(what: string) {
    super('malformed', 'unreadable_evidence', what);
  }
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnreadableEvidenceError(`${what} is not an object`);
  return value as Members;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnreadableEvidenceError(`${what} is not a list`);
  return value;
}

function textOf(value: unknown, form: RegExp, what: string): string {
  if (typeof value !== 'string' || !form.test(value)) throw new UnreadableEvidenceError(`${what} can't be read`);
  return value;
}

function integerOf(value: unknown, what: string): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw new UnreadableEvidenceError(`${what} is not an integer`);
  return number;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableEvidenceError('it is not JSON');
  }
}

function moneyOf(value: unknown, what: string): { amount: string; currency: string } {
  const { amount, currency } = membersOf(value, what);
  return {
    amount: textOf(amount, DECIMAL, `${what}.amount`),
    currency: textOf(currency, CURRENCY, `${what}.currency`),
  };
}

/**
 * Reads a 202 body of `POST /v1/messages`.
 * @throws UnreadableEvidenceError
 */
export function parseAccepted(text: string): KeptSubmission {
  const body = membersOf(parseJson(text), 'the body');
  const id = textOf(body.id, UUID, 'id');
  const cost = moneyOf(body.cost, 'cost');
  const messages = listOf(body.messages, 'messages').map((item, index) => keptMessage(item, `messages[${index}]`));
  return { id, cost: cost.amount, currency: cost.currency, messages };
}

/** The last 32 bits of a message's id are its place in the submission; the rest is the submission's (design.md 5). */
function keptMessage(item: unknown, what: string): KeptMessage {
  const message = membersOf(item, what);
  const id = textOf(message.id, UUID, `${what}.id`);
  const price = moneyOf(message.price, `${what}.price`);
  const cost = moneyOf(message.cost, `${what}.cost`);
  if (price.currency !== cost.currency) throw new UnreadableEvidenceError(`${what} has two currencies`);
  return {
    submissionId: `${id.slice(0, 28)}00000000`,
    ordinal: Number.parseInt(id.slice(28), 16),
    digits: textOf(message.to, /^\+\d{1,20}$/, `${what}.to`).slice(1),
    segments: integerOf(message.segments, `${what}.segments`),
    price: price.amount,
    cost: cost.amount,
    currency: cost.currency,
  };
}

/**
 * Reads the entries of an ANSWER to an SMS_SEND_REQUEST, as it came from the wire.
 * @throws UnreadableEvidenceError
 */
export function parseAnswer(text: string): KeptEntry[] {
  const packet = membersOf(parseJson(text), 'the packet');
  if (packet.TYPE !== 'ANSWER' || packet.METHOD !== 'SMS_SEND_REQUEST')
    throw new UnreadableEvidenceError('it is no ANSWER to an SMS_SEND_REQUEST');
  return listOf(packet.DETAIL_LIST, 'DETAIL_LIST').map((item, index) => {
    const what = `DETAIL_LIST[${index}]`;
    const entry = membersOf(item, what);
    return {
      uid: textOf(entry.SMS_UID, UID, `${what}.SMS_UID`),
      digits: `${integerOf(entry.COUNTRY_CODE, `${what}.COUNTRY_CODE`)}${textOf(entry.DEST_MSISDN, DIGITS, `${what}.DEST_MSISDN`)}`,
      resultCode: integerOf(entry.RESULT_CODE, `${what}.RESULT_CODE`),
    };
  });
}

/**
 * Reads a row of the platform's statement: nine fields, none of which needs quotes; times in UTC+8.
 * @throws UnreadableEvidenceError
 */
export function parseStatementRow(line: string): StatementRow {
  const fields = line.split(',');
  if (fields.length !== STATEMENT_COLUMNS.length)
    throw new UnreadableEvidenceError(`it has ${fields.length} fields, not ${STATEMENT_COLUMNS.length}`);
  const [uid, acceptedAt, country, msisdn, segments, unitPrice, amount, currency, state] = fields;
  return {
    uid: textOf(uid, UID, 'sms_uid'),
    acceptedAt: `${textOf(acceptedAt, STATEMENT_TIME, 'accepted_at').replace(' ', 'T')}+08:00`,
    countryCode: integerOf(country, 'country_code'),
    msisdn: textOf(msisdn, DIGITS, 'msisdn'),
    segments: integerOf(segments, 'segments'),
    unitPrice: textOf(unitPrice, DECIMAL, 'unit_price'),
    amount: textOf(amount, DECIMAL, 'amount'),
    currency: textOf(currency, CURRENCY, 'currency'),
    state: state === '' ? null : integerOf(state, 'state'),
  };
}

/** @throws UnreadableEvidenceError for the first line of anything but the platform's statement */
export function checkStatementHeader(line: string): void {
  if (line !== STATEMENT_COLUMNS.join(','))
    throw new UnreadableEvidenceError(`its first line is not ${STATEMENT_COLUMNS.join(',')}`);
}
