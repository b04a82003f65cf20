import { isWireObject, lenientUint, listOfOne, type WireObject } from './domain/members.js';
import { lenientMsisdn } from './domain/report-entry.js';
import { canonicalResultCode } from './domain/result-code.js';
import { IsInteger, IsListOf, IsPresent } from './packet-rules.js';
import { MAX_NUMBERS } from './send-request.dto.js';

/** The ANSWER to a send request, as the gateway reads it (protocol.md 3); general parameters are judged apart. */
export class SendAnswerDto {
  @IsPresent()
  @IsInteger()
  RESULT_CODE: number;

  /** Whatever came: nobody decides by it. */
  RESULT_DESC?: unknown;

  /** Absent for a packet-level fault. Entries are read one by one (`readAnswerEntry`). */
  @IsListOf('objects', MAX_NUMBERS)
  DETAIL_LIST?: readonly WireObject[];
}

/** One entry of DETAIL_LIST as the gateway reads it. */
export interface AnswerEntry {
  readonly countryCode: number;
  readonly msisdn: string;
  readonly resultCode: number;
  /** `undefined` where it is missing or no SMS_UID: the reports then join by their attempt. */
  readonly smsUid: string | undefined;
  readonly resultDesc: string;
}

const SMS_UID = /^[\x20-\x7e]{1,32}$/;

/**
 * Reads one entry of DETAIL_LIST, numeric texts as numbers.
 *
 * @returns `undefined` when number or RESULT_CODE can't be read: the entry then says nothing, and its number stays in doubt
 */
export function readAnswerEntry(entry: unknown): AnswerEntry | undefined {
  if (!isWireObject(entry)) return undefined;
  const countryCode = lenientUint(entry['COUNTRY_CODE']);
  const msisdn = lenientMsisdn(entry['DEST_MSISDN']);
  const resultCode = lenientUint(entry['RESULT_CODE']);
  if (countryCode === undefined || msisdn === undefined || resultCode === undefined) return undefined;
  const uid = entry['SMS_UID'];
  return {
    countryCode,
    msisdn,
    resultCode: canonicalResultCode(resultCode),
    smsUid: typeof uid === 'string' && SMS_UID.test(uid) ? uid : undefined,
    resultDesc: descriptionOf(entry),
  };
}

/** RESULT_DESC as a text; empty where there is none. */
export function descriptionOf(answer: { readonly RESULT_DESC?: unknown }): string {
  return typeof answer.RESULT_DESC === 'string' ? answer.RESULT_DESC : '';
}

/** Members of the wire that make up the DTO, lenient readings applied: numeric text as number, one object as a list. */
export function fillSendAnswer(packet: WireObject): SendAnswerDto {
  const dto = new SendAnswerDto();
  dto.RESULT_CODE = (lenientUint(packet['RESULT_CODE']) ?? packet['RESULT_CODE']) as number;
  dto.RESULT_DESC = packet['RESULT_DESC'];
  dto.DETAIL_LIST = listOfOne(packet['DETAIL_LIST']) as readonly WireObject[];
  return dto;
}
