import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';

import type { UipAnswerBody } from '../../uip/domain/answer.js';
import { UipAnswerFilter } from '../../uip/uip-answer.filter.js';
import { type RawReply, UipContext } from '../../uip/uip-context.js';
import { SendRequestPacket } from '../../uip/send-request.dto.js';
import { SendRequestPipe } from '../../uip/send-request.pipe.js';
import { IntakeService } from './intake.service.js';

/** `POST /dave/io`: the door for CloudSMS customers. */
@Controller()
@UseFilters(new UipAnswerFilter())
export class IntakeController {
  constructor(private readonly intake: IntakeService) {}

  /** Answers once what it accepts is stored. */
  @MessagePattern('SMS_SEND_REQUEST')
  send(
    @Payload(SendRequestPipe) packet: SendRequestPacket,
    @Ctx() context: UipContext,
  ): Promise<UipAnswerBody | RawReply> {
    return this.intake.receive(packet, context);
  }
}
