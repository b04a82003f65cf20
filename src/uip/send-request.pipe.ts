import { Injectable, type PipeTransform } from '@nestjs/common';
import type { WireObject } from './domain/members.js';
import { SendRequestPacket } from './send-request.dto.js';

/** The shape of a send request. Only a faulty AUTH_KEY is thrown here; see `SendRequestPacket` for why. */
@Injectable()
export class SendRequestPipe implements PipeTransform<WireObject, SendRequestPacket> {
  /** @throws UipFault Invalid_parameter when AUTH_KEY is absent or not a text of its kind */
  transform(packet: WireObject): SendRequestPacket {
    return SendRequestPacket.read(packet);
  }
}
