import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { plainArray, textArray } from '../../database/statement.js';
import { SUBMIT_TO_CARRIER } from '../../database/statements/platform-carrier.js';
import { isReceived } from '../domain/handset-rules.js';
import { Wakes } from '../wakes.js';
import { Carrier, type CarrierPacket } from './carrier.js';
import { HandsetBehaviours } from './handset-behaviours.js';

interface PlannedEvent {
  readonly packetId: string;
  readonly dueAt: number;
  readonly state: number;
  readonly repeat: number;
  readonly ordinals: number[];
}

interface Received {
  readonly packetId: string;
  readonly ordinal: number;
  readonly number: string;
}

/**
 * The default carrier: handsets that behave as the rules say (contract.md 6). What it has taken over and what it will report
 * are rows, so that nothing is lost or doubled with a process; `SimulatedCarrierJob` reports them in time.
 */
@Injectable()
export class SimulatedCarrier extends Carrier {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly handsets: HandsetBehaviours,
    private readonly wakes: Wakes,
  ) {
    super();
  }

  async submit(packets: readonly CarrierPacket[]): Promise<void> {
    const events: PlannedEvent[] = [];
    const received: Received[] = [];
    for (const packet of packets) this.plan(packet, events, received);
    await this.database.run(SUBMIT_TO_CARRIER, [
      plainArray(packets.map(({ id }) => id)),
      plainArray(events.map(({ packetId }) => packetId)),
      plainArray(events.map(({ dueAt }) => new Date(dueAt).toISOString())),
      plainArray(events.map(({ state }) => state)),
      plainArray(events.map(({ repeat }) => repeat)),
      textArray(events.map(({ ordinals }) => plainArray(ordinals))),
      plainArray(received.map(({ packetId }) => packetId)),
      plainArray(received.map(({ ordinal }) => ordinal)),
      plainArray(received.map(({ number }) => number)),
      new Date(this.clock.now()),
    ]);
    this.wakes.carrier.wake();
  }

  /** Numbers of a packet that do the same share their events. */
  private plan(packet: CarrierPacket, events: PlannedEvent[], received: Received[]): void {
    const planned = new Map<object, PlannedEvent>();
    for (const { ordinal, countryCode, msisdn } of packet.recipients) {
      const number = `${countryCode}${msisdn}`;
      const { reports } = this.handsets.of(number);
      if (isReceived(reports)) received.push({ packetId: packet.id, ordinal, number });
      for (const report of reports) {
        const known = planned.get(report);
        if (known !== undefined) {
          known.ordinals.push(ordinal);
          continue;
        }
        const event = {
          packetId: packet.id,
          dueAt: packet.acceptedAt + report.after,
          state: report.state,
          repeat: report.repeat ?? 1,
          ordinals: [ordinal],
        };
        planned.set(report, event);
        events.push(event);
      }
    }
  }
}
