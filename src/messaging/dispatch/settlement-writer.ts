import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { BatchWriter } from '../../database/batch-writer.js';
import { Database } from '../../database/database.js';
import type { ClaimedPacket } from '../../database/statements/claim.js';
import { failHalved } from '../../database/statements/fail-halved.js';
import { settle } from '../../database/statements/settle.js';
import { type EndedAttempt, type RoutePause } from '../../database/statements/settlement.js';
import { ApplicationError } from '../../errors.js';
import { LOGGER } from '../../runtime.module.js';
import { uuidv7 } from '../../uuid.js';
import { ResultCode } from '../../uip/domain/result-code.js';
import { type Judgement, MISCONFIGURED_LIMIT } from '../domain/judge-outcome.js';

/** Messages of one statement at the most. What may wait is bounded by the dispatcher's attempts under way. */
const MAX_FLUSH = 4_000;
/**
 * No caller waits for an outcome to be stored, and a statement for each few of them costs a multiple of theirs. More wait only
 * for a moment that an ANSWER may well take itself, so that a crash leaves hardly more in doubt.
 */
const GATHER = { milliseconds: 10, weight: 16 };
const FIRST_RETRY = 100;
const LAST_RETRY = 5_000;

interface Ended {
  readonly attempt: EndedAttempt;
  /** The attempt that was refused as a whole, of whose numbers this one had a part. */
  readonly halvedFrom: string | null;
  readonly pause: RoutePause | undefined;
}

/** Stores how attempts ended; those that end together share a statement. */
@Injectable()
export class SettlementWriter {
  private readonly writer: BatchWriter<Ended, 'owned' | 'unowned'>;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.writer = new BatchWriter({
      name: 'answers',
      maxFlush: MAX_FLUSH,
      maxWaiting: Number.POSITIVE_INFINITY,
      weight: ({ attempt }) => attempt.members.length,
      gather: GATHER,
      flush: (ended) => this.flush(ended),
    });
  }

  /**
   * Resolves once the outcome is stored. While the database is away it tries again, for an answer that was read must not be
   * lost; storing it twice changes nothing.
   * @throws what is neither passing nor a broken connection: a defect, after which the attempt ends in doubt by its deadline
   */
  async store(packet: ClaimedPacket, judgement: Judgement): Promise<void> {
    const ended = endedAttempt(packet, judgement);
    // Unowned: another process may have given it up in the very moment of the statement. Now that shows.
    const isStored = (await this.untilStored(ended)) === 'owned' || (await this.untilStored(ended)) === 'owned';
    if (isStored) await this.endHalving(ended);
    else {
      this.logger.warn(
        { attemptId: packet.attemptId },
        'the outcome of an attempt was stored before; nothing was changed',
      );
    }
  }

  /** Once the second number has failed alone, the rest of its packet does. Undone by a crash it only takes longer. */
  private async endHalving({ attempt, halvedFrom }: Ended): Promise<void> {
    const { resultCode, detail } = attempt;
    // An ANSWER with entries speaks of each number; it has no detail.
    if (halvedFrom === null || resultCode === null || resultCode === ResultCode.OK || detail === null) return;
    const ledgerId = uuidv7(Date.now(), randomBytes(10));
    const failed = await failHalved(this.database, halvedFrom, resultCode, this.clock.now(), ledgerId);
    if (failed > 0) {
      this.logger.warn(
        { attemptId: halvedFrom, resultCode, messages: failed },
        'the rest of a halved packet has failed',
      );
    }
  }

  private async untilStored(ended: Ended): Promise<'owned' | 'unowned'> {
    for (let delay = FIRST_RETRY; ; delay = Math.min(delay * 2, LAST_RETRY)) {
      try {
        return await this.writer.submit(ended);
      } catch (error) {
        if (!(error instanceof ApplicationError) || error.kind !== 'unavailable') throw error;
        this.logger.error({ err: error, attemptId: ended.attempt.attemptId }, 'an answer is not stored yet');
        await pause(delay);
      }
    }
  }

  private async flush(ended: readonly Ended[]): Promise<('owned' | 'unowned')[]> {
    const attempts = ended
      .map(({ attempt }) => attempt)
      .sort((one, other) => compare(one.submissionId, other.submissionId) || one.members[0] - other.members[0]);
    const pauses = new Map(ended.flatMap(({ pause }) => (pause === undefined ? [] : [[pause.routeId, pause]])));
    const heardOf = new Set(attempts.filter(({ outcome }) => outcome === 'answered').map(({ routeId }) => routeId));
    for (const { routeId, reason, limit } of pauses.values()) {
      if (limit >= MISCONFIGURED_LIMIT)
        this.logger.error({ routeId, reason }, 'ROUTE STOPPED: something is set up wrongly');
    }
    const unowned = await settle(this.database, {
      attempts,
      now: this.clock.now(),
      ledgerId: uuidv7(Date.now(), randomBytes(10)),
      pauses: [...pauses.values()],
      heardOf: [...heardOf],
    });
    return ended.map(({ attempt }) => (unowned.has(attempt.attemptId) ? 'unowned' : 'owned'));
  }
}

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

function endedAttempt(packet: ClaimedPacket, judgement: Judgement): Ended {
  const ordinals = (members: readonly number[]) => members.map((index) => packet.members[index]);
  return {
    halvedFrom: packet.halvedFrom,
    attempt: {
      ...packet,
      outcome: judgement.outcome,
      resultCode: judgement.resultCode,
      detail: judgement.detail,
      verdicts: judgement.verdicts,
      retries: judgement.retries.map(({ members, dueAt, resent, halved }) => ({
        members: ordinals(members),
        dueAt,
        resent,
        halvedFrom: packet.halvedFrom ?? (halved === true ? packet.attemptId : null),
      })),
    },
    pause: judgement.pause && { routeId: packet.routeId, probe: packet.probe, ...judgement.pause },
  };
}
