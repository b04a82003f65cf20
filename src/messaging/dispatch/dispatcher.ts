import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { Notifications } from '../../database/notifications.js';
import { PACKET_CHANNEL } from '../../database/statements/accept.js';
import { claim, type ClaimedPacket, releaseClaims } from '../../database/statements/claim.js';
import { Loop, type LoopOwner, type Next } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { uuidv7 } from '../../uuid.js';
import { NormalShare, RouteProofs } from '../domain/route-proof.js';
import { claimTime, type ClaimTime, Sender } from './sender.js';
import { SettlementWriter } from './settlement-writer.js';

/** Attempts under way for each connection: while some wait for their ANSWER, others are stored. */
const ATTEMPTS_A_CONNECTION = 2;
/** Milliseconds after which an idle dispatcher looks by itself: for packets that become due without a wake-up call. */
const IDLE = 250;
/** Milliseconds between claims while packets trickle in: a claim by itself costs what many packets do. */
const STRIDE = 8;

/**
 * Takes packets from the queue and sends them, as many at a time as the configuration allows. What it holds in memory is
 * only what is under way; another process could take over at any moment.
 */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  private readonly workerId = uuidv7(Date.now(), randomBytes(10));
  private readonly underWay = new Set<Promise<void>>();
  private readonly proofs = new RouteProofs();
  private readonly normalShare = new NormalShare();
  private readonly capacity: number;
  readonly loop: Loop;
  /** The last claim took as many as it could: more may be due. */
  private isFull = false;
  /** Attempt ids whose claim may have been committed although we were not told. */
  private unclear: string[] = [];

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly sender: Sender,
    private readonly settlements: SettlementWriter,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.capacity = sender.connections * ATTEMPTS_A_CONNECTION;
    this.loop = new Loop({
      name: 'dispatch',
      does: 'Sends what is due.',
      round: () => this.round(),
      idle: IDLE,
      stride: STRIDE,
      logger,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(PACKET_CHANNEL, () => this.loop.wake());
    this.loop.start();
  }

  /** Claims no more, and waits until every attempt under way has its outcome stored. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.underWay);
  }

  private async round(): Promise<Next> {
    if (this.unclear.length > 0) await this.takeBack();
    const free = this.capacity - this.underWay.size;
    if (free <= 0) {
      await Promise.race(this.underWay);
      return true;
    }
    const claimed = claimTime();
    const packets = await this.claim(free);
    this.normalShare.onClaim(packets.length, packets.filter(({ lane }) => lane === 0).length);
    for (const packet of packets) this.start(packet, claimed);
    this.isFull = packets.length === free;
    return this.isFull || (packets.length > 0 && 'soon');
  }

  private async claim(limit: number): Promise<ClaimedPacket[]> {
    const now = Date.now();
    const random = randomBytes(10 * limit);
    const attemptIds = Array.from({ length: limit }, (_, index) => uuidv7(now, random, index * 10));
    try {
      return await claim(this.database, {
        workerId: this.workerId,
        attemptIds,
        now: this.clock.now(),
        window: this.sender.window,
        proven: this.proofs.proven,
        probing: this.proofs.probing,
        keptForNormal: this.normalShare.kept,
      });
    } catch (error) {
      // Committed or not: nothing is sent under these, and what was claimed is put back (design.md 3 rule 10).
      this.unclear.push(...attemptIds);
      throw error;
    }
  }

  private async takeBack(): Promise<void> {
    const released = await releaseClaims(this.database, this.unclear);
    this.logger.info({ released }, 'claims of unknown outcome were put back; nothing had been sent');
    this.unclear = [];
  }

  private start(packet: ClaimedPacket, claimed: ClaimTime): void {
    if (packet.probe) this.proofs.onProbe(packet.routeId);
    const attempt = this.attempt(packet, claimed).then((leavesWork) => {
      this.underWay.delete(attempt);
      // A route in question is open again after its probe.
      if (leavesWork || packet.probe || this.isFull) this.loop.wake();
    });
    this.underWay.add(attempt);
  }

  /** Never throws. @returns whether there may be something to send again */
  private async attempt(packet: ClaimedPacket, claimed: ClaimTime): Promise<boolean> {
    try {
      const judgement = await this.sender.send(packet, claimed);
      this.proofs.onOutcome(packet.routeId, packet.probe, judgement.outcome);
      await this.settlements.store(packet, judgement);
      return judgement.retries.length > 0;
    } catch (error) {
      this.proofs.onOutcome(packet.routeId, packet.probe, 'not_sent');
      // The attempt stays open in the database and is given up as doubtful by its deadline.
      this.logger.error({ err: error, attemptId: packet.attemptId }, 'an attempt has no stored outcome');
      return false;
    }
  }
}
