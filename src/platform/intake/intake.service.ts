import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { Clock } from '../../clock/clock.js';
import { DatabaseUnavailableError } from '../../database/database-error.js';
import { newSubmissionId } from '../../messaging/domain/message-id.js';
import type { UipAnswerBody } from '../../uip/domain/answer.js';
import { ResultCode } from '../../uip/domain/result-code.js';
import { UipFault } from '../../uip/domain/uip-fault.js';
import { RawReply, type UipContext } from '../../uip/uip-context.js';
import type { SendRequestDto, SendRequestPacket, WellFormedRequest } from '../../uip/send-request.dto.js';
import { AccountDirectory } from '../accounts/account-directory.js';
import { HandsetBehaviours } from '../carrier/handset-behaviours.js';
import { type Account, admitsCertificate } from '../domain/account.js';
import { misbehaviourOf, type PacketMisbehaviour } from '../domain/answer-fault.js';
import { judgeNumbers, type NumberVerdict } from '../domain/number-verdict.js';
import { contentOf, type PacketContent } from '../domain/packet-content.js';
import { sendAnswer } from '../domain/send-answer.js';
import { Wakes } from '../wakes.js';
import type { AcceptedPacket } from './accepted-packet.js';
import { IntakeWriter } from './intake.writer.js';
import { ToldBeforeAnswer } from './told-before-answer.js';

/** Takes send requests in: who asks, what he asks for, what becomes of each number; stored, then answered. */
@Injectable()
export class IntakeService {
  constructor(
    private readonly accounts: AccountDirectory,
    private readonly handsets: HandsetBehaviours,
    private readonly writer: IntakeWriter,
    private readonly told: ToldBeforeAnswer,
    private readonly clock: Clock,
    private readonly wakes: Wakes,
  ) {}

  /**
   * Judges a packet in the order of protocol.md 4 and stores what is accepted of it.
   * @throws UipFault the first packet-level fault; nothing was stored then
   */
  async receive(packet: SendRequestPacket, context: UipContext): Promise<UipAnswerBody | RawReply> {
    const account = this.authenticate(packet.authKey, context);
    const request = packet.wellFormed(context.body);
    const content = contentOf(request);
    const misbehaviour = this.misbehaviourOf(request);
    if (misbehaviour?.fault.cut === 'before') return cut(context);
    if (misbehaviour?.fault.resultCode !== undefined) throw new UipFault(misbehaviour.fault.resultCode);
    const now = this.clock.now();
    const id = newSubmissionId(Date.now(), randomBytes(6));
    const verdicts = judge(request, account, now, misbehaviour);
    await this.store(account, toPacket({ id, now, account, request, content, verdicts }));
    const answer = sendAnswer(id, request.MULTI_MSISDN_LIST, verdicts);
    return misbehaviour === undefined ? answer : this.misbehave(misbehaviour, { id, now, answer, context });
  }

  private authenticate(authKey: string, { remoteAddress, certificate }: UipContext): Account {
    const account = this.accounts.byAuthKey(authKey);
    if (
      account === undefined ||
      !admitsCertificate(account, certificate?.fingerprint) ||
      !account.allowedAddresses.includes(remoteAddress)
    )
      throw new UipFault(ResultCode.Channel_not_exist);
    return account;
  }

  private misbehaviourOf({ MULTI_MSISDN_LIST: entries }: SendRequestDto): PacketMisbehaviour | undefined {
    if (!this.handsets.mayMisbehave) return undefined;
    const numbers = entries.map((entry) => `${String(entry['COUNTRY_CODE'])}${String(entry['DEST_MSISDN'])}`);
    return misbehaviourOf(numbers, (number) => this.handsets.of(number));
  }

  private async store(account: Account, packet: AcceptedPacket): Promise<void> {
    try {
      const result = await this.writer.store(account, packet);
      if (result === 'busy') throw new UipFault(ResultCode.Busy, 'over the rate of the account');
      if (result === 'queue_full') throw new UipFault(ResultCode.Queue_too_large);
    } catch (error) {
      // Nothing was committed, for certain. Any other fault of the storage leaves that open: Unknown_error.
      if (error instanceof DatabaseUnavailableError) throw new UipFault(ResultCode.DB_not_find, undefined, error);
      throw error;
    }
    this.wakes.handover.wake();
    this.wakes.push.wake();
  }

  private async misbehave(
    { fault, reportsBefore }: PacketMisbehaviour,
    stored: { id: string; now: number; answer: UipAnswerBody; context: UipContext },
  ): Promise<UipAnswerBody | RawReply> {
    if (reportsBefore !== undefined) await this.told.wait(stored.id, stored.now + reportsBefore);
    if (fault.delay !== undefined) await delay(fault.delay);
    if (fault.cut === 'after') return cut(stored.context);
    if (fault.body !== undefined) return new RawReply(fault.body);
    return fault.serial === undefined ? stored.answer : { ...stored.answer, SERIAL: fault.serial };
  }
}

function cut(context: UipContext): UipAnswerBody {
  context.cut();
  return { RESULT_CODE: ResultCode.Unknown_error };
}

function judge(
  request: SendRequestDto,
  account: Account,
  now: number,
  misbehaviour: PacketMisbehaviour | undefined,
): NumberVerdict[] {
  const codes = misbehaviour?.numberResultCodes;
  return judgeNumbers(request.MULTI_MSISDN_LIST, {
    account,
    now,
    route: account.routes.get(request.ROUTE_ID),
    content: {
      text: request.SMS_CONTENT,
      signature: request.SIGNATURE,
      signatureType: request.SIGNATURE_TYPE,
      senderId: request.ORIGINAL_ADDR ?? account.defaultSenderId,
    },
    ...(codes === undefined ? {} : { faultOf: (number) => codes.get(number) }),
  });
}

function toPacket(parts: {
  id: string;
  now: number;
  account: Account;
  request: WellFormedRequest;
  content: PacketContent;
  verdicts: readonly NumberVerdict[];
}): AcceptedPacket {
  const { id, now, account, request, content, verdicts } = parts;
  return {
    id,
    acceptedAt: now,
    routeId: account.routes.get(request.ROUTE_ID)?.id,
    ...content,
    lane: request.PRIORITY,
    sender: request.ORIGINAL_ADDR ?? account.defaultSenderId,
    customerBody: request.customerBody,
    sms: verdicts.length,
    numbers: verdicts.flatMap((verdict, index) =>
      verdict.kind === 'accepted' ? [{ ...verdict, ordinal: index + 1 }] : [],
    ),
  };
}
