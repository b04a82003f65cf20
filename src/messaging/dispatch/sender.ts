import { Inject, Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import type { ClaimedPacket } from '../../database/statements/claim.js';
import { LOGGER } from '../../runtime.module.js';
import { type UipOutcome, UipTransport } from '../../uip/uip-transport.js';
import {
  type AttemptedPacket,
  judgeAnswer,
  judgeExpired,
  judgeHeldBack,
  judgeInDoubt,
  judgeNeedless,
  type Judgement,
  judgeNotSent,
} from '../domain/judge-outcome.js';
import { sendRequestMembers } from './send-packet.js';
import { UipTarget } from './uip-target.js';

/** Milliseconds after the claim within which the first byte must leave. */
export const START_GRACE = 5_000;

/** When a claim was asked for, before the database was: on the monotonic clock, and on the machine's. */
export interface ClaimTime {
  readonly monotonic: number;
  readonly wall: number;
}

/** Takes both clocks. The monotonic one does not count the sleep of a suspended machine; the other one does. */
export function claimTime(): ClaimTime {
  return { monotonic: performance.now(), wall: Date.now() };
}

function isFresh({ monotonic, wall }: ClaimTime): boolean {
  return performance.now() - monotonic < START_GRACE && Date.now() - wall < START_GRACE;
}

/** Sends one claimed packet and judges what came of it. */
@Injectable()
export class Sender {
  constructor(
    private readonly transport: UipTransport,
    private readonly target: UipTarget,
    private readonly clock: Clock,
    private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Connections to the platform at the most. */
  get connections(): number {
    return this.config.uip.connections;
  }

  /** Milliseconds from the claim after which an attempt without an outcome is in doubt. */
  get window(): number {
    return START_GRACE + this.config.uip.answerTimeout;
  }

  /** Sends, unless it is too late for it. Never throws: whatever happens to a packet is a judgement. */
  async send(packet: ClaimedPacket, claimed: ClaimTime): Promise<Judgement> {
    const attempted = attemptedPacket(packet);
    if (packet.members.length === 0) return judgeNeedless();
    if (this.clock.now() >= packet.validUntil) return judgeExpired(attempted);
    const members = sendRequestMembers(packet, this.target.authKey);
    const outcome = await this.transport.send(
      this.target.url,
      { METHOD: 'SMS_SEND_REQUEST', members },
      {
        deadline: claimed.monotonic + this.window,
        beforeFirstByte: () => isFresh(claimed) && this.clock.now() < packet.validUntil,
      },
    );
    this.tell(packet, outcome);
    return this.judge(attempted, outcome);
  }

  private judge(packet: AttemptedPacket, outcome: UipOutcome): Judgement {
    const now = this.clock.now();
    switch (outcome.kind) {
      case 'answered':
        return judgeAnswer(packet, outcome.answer, now);
      case 'in_doubt':
        return judgeInDoubt(packet, `${outcome.reason}: ${outcome.detail}`, now);
      case 'not_sent':
        if (outcome.reason === 'withheld')
          return now >= packet.validUntil ? judgeExpired(packet) : judgeHeldBack(packet);
        return judgeNotSent(packet, `${outcome.reason}: ${outcome.detail}`, outcome.stopRoute);
      default:
        return outcome satisfies never;
    }
  }

  private tell(packet: ClaimedPacket, outcome: UipOutcome): void {
    const facts = { attemptId: packet.attemptId, submissionId: packet.submissionId, route: packet.routeName };
    if (outcome.kind === 'answered') {
      const { resultCode, entries, unreadable } = outcome.answer;
      this.logger.debug({ ...facts, resultCode, entries: entries.length, unreadable }, 'answered');
    } else {
      const { kind, reason, status, detail } = outcome;
      this.logger.warn({ ...facts, reason, status, detail, numbers: packet.members.length }, kind);
    }
  }
}

function attemptedPacket(packet: ClaimedPacket): AttemptedPacket {
  return {
    numbers: packet.msisdns.map((msisdn, index) => ({ countryCode: packet.countryCodes[index], msisdn })),
    tries: packet.tries,
    dueAt: packet.dueAt,
    validUntil: packet.validUntil,
    resendOnDoubt: packet.resendOnDoubt,
    resent: packet.resent,
  };
}
