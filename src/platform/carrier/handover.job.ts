import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';

import { Database } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import {
  CLAIM_HANDOVERS,
  DELAY_HANDOVERS,
  END_HANDOVERS,
  type HandoverRow,
} from '../../database/statements/platform-handover.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { Wakes } from '../wakes.js';
import { Carrier, type CarrierPacket } from './carrier.js';

const GENERAL = 0;
const HIGH = 1;
const PACKETS_A_ROUND = 100;
const PACKETS_OF_AN_ACCOUNT = 50;
/** Share of a round that the high lane leaves to the general one, however much there is. */
const KEPT_FOR_GENERAL = PACKETS_A_ROUND / 10;
const IDLE = 250;
const SEEDS = 2 ** 31 - 1;

/** Hands accepted SMS over to the carrier: the high lane first, every account getting its turn. */
@Injectable()
export class HandoverJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly carrier: Carrier,
    wakes: Wakes,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({ name: 'handover', round: () => this.round(), idle: IDLE, logger });
    wakes.handover.listen(() => this.loop.wake());
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async round(): Promise<boolean> {
    const high = await this.claim(HIGH, PACKETS_A_ROUND - KEPT_FOR_GENERAL);
    const general = await this.claim(GENERAL, PACKETS_A_ROUND - high.length);
    const rows = [...high, ...general];
    if (rows.length === 0) return false;
    const ids = plainArray(rows.map(({ packet_id: id }) => id));
    try {
      await this.carrier.submit(rows.map(toCarrierPacket));
    } catch (error) {
      await this.database.run(DELAY_HANDOVERS, [ids]);
      throw error;
    }
    await this.database.run(END_HANDOVERS, [ids]);
    return true;
  }

  private claim(lane: number, limit: number): Promise<HandoverRow[]> {
    return this.database.run(CLAIM_HANDOVERS, [lane, PACKETS_OF_AN_ACCOUNT, limit, randomInt(SEEDS)]);
  }
}

function toCarrierPacket(row: HandoverRow): CarrierPacket {
  return {
    id: row.packet_id,
    acceptedAt: row.accepted_at.getTime(),
    sender: row.sender,
    text: JSON.parse(row.content) as string,
    dataCoding: row.encoding,
    recipients: row.ordinals.map((ordinal, index) => ({
      ordinal,
      countryCode: row.country_codes[index],
      msisdn: row.msisdns[index],
    })),
  };
}
