/** A number that an SMS goes to. */
export interface Recipient {
  /** Place in the packet's list, from 1. */
  readonly ordinal: number;
  readonly countryCode: number;
  /** National number. */
  readonly msisdn: string;
}

/** SMS of one text and sender, on their way to an operator. */
export interface CarrierPacket {
  /** UUID; with an ordinal, the key of an SMS. */
  readonly id: string;
  /** Business time, ms since 1970 UTC. */
  readonly acceptedAt: number;
  readonly sender: string;
  /** Formatted, signature included. */
  readonly text: string;
  /** SMPP data coding: 0, 3 or 8. */
  readonly dataCoding: number;
  readonly recipients: readonly Recipient[];
}

/** A state of an SMS, as an operator tells it. */
export interface SmsStateReport {
  readonly packetId: string;
  readonly ordinal: number;
  /** SMS_STATE. */
  readonly state: number;
  /** When it was reached, business time, ms since 1970 UTC. */
  readonly at: number;
  /** How often the customer is told; default once. A simulated fault. */
  readonly repeat?: number;
}

/**
 * Port: what lies behind the platform, towards the operators. This class is its token; the simulated carrier is the default.
 *
 * Rules for an implementation:
 * - when `submit` resolves, the carrier answers for all the packets, whatever happens to the process; when it rejects, for
 *   none, and they are handed over again later;
 * - a packet may be handed over again that was taken already (a process died in between): its id says so, and it is not sent
 *   twice;
 * - packets come in the order in which they should go;
 * - states go to `SmsStates.report`, which may be called again with what it was told already.
 */
export abstract class Carrier {
  abstract submit(packets: readonly CarrierPacket[]): Promise<void>;
}
