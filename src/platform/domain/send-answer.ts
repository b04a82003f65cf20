import type { AnswerDetail, UipAnswerBody } from '../../uip/domain/answer.js';
import type { WireObject } from '../../uip/domain/members.js';
import { ResultCode, resultName } from '../../uip/domain/result-code.js';
import type { NumberVerdict } from './number-verdict.js';
import { smsUids } from './sms-uid.js';

/**
 * The ANSWER to a packet whose numbers were looked at: an entry a number in the order of the request, each with its SMS_UID.
 * The packet's code is OK as long as one number was accepted, else the first number's (protocol.md 3).
 */
export function sendAnswer(
  packetId: string,
  entries: readonly WireObject[],
  verdicts: readonly NumberVerdict[],
): UipAnswerBody {
  const uids = smsUids(packetId, verdicts.length);
  const details = verdicts.map((verdict, index): AnswerDetail => {
    const code = verdict.kind === 'accepted' ? ResultCode.OK : verdict.resultCode;
    return {
      COUNTRY_CODE: entries[index]['COUNTRY_CODE'] ?? null,
      DEST_MSISDN: entries[index]['DEST_MSISDN'] ?? null,
      SMS_UID: uids[index],
      RESULT_CODE: code,
      RESULT_DESC: describe(code, verdict),
    };
  });
  const accepted = verdicts.some(({ kind }) => kind === 'accepted');
  return { RESULT_CODE: accepted ? ResultCode.OK : details[0].RESULT_CODE, DETAIL_LIST: details };
}

function describe(code: number, verdict: NumberVerdict): string {
  const name = resultName(code);
  return verdict.kind === 'refused' && verdict.detail !== undefined ? `${name}: ${verdict.detail}` : name;
}
