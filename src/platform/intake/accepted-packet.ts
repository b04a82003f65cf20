import { formatAmount } from '../../billing/domain/money.js';
import { nullableArray, plainArray, textArray } from '../../database/statement.js';
import { LocalRejection } from '../domain/local-rejection.js';
import type { PriceVersion } from '../domain/account.js';

/** An SMS that its number let pass. */
export interface AcceptedNumber {
  /** Place in the packet's list, from 1. */
  readonly ordinal: number;
  readonly countryCode: number;
  readonly msisdn: string;
  readonly price: PriceVersion;
  /** Set: LOCAL_REJECTED; it is neither handed on nor charged. */
  readonly rejection: LocalRejection | undefined;
}

/** A packet that may be stored, as far as its account's meter lets it. */
export interface AcceptedPacket {
  /** UUIDv7 whose last 32 bits are zero. */
  readonly id: string;
  /** Business time, ms. */
  readonly acceptedAt: number;
  readonly routeId: number | undefined;
  /** SMPP data coding. */
  readonly dataCoding: number;
  readonly segments: number;
  /** 0 general, 1 high. */
  readonly lane: number;
  readonly sender: string;
  /** Formatted text. */
  readonly text: string;
  /** JSON text. */
  readonly customerBody: string | undefined;
  /** SMS that count for the rate: all numbers of the list, the refused ones too. */
  readonly sms: number;
  readonly numbers: readonly AcceptedNumber[];
}

/** What an SMS of a packet costs, in 10^-8 of the currency unit. */
export function costOf(packet: AcceptedPacket, { price }: AcceptedNumber): bigint {
  return price.perSegment * BigInt(packet.segments);
}

/** The numbers of a packet that are to be handed on, in the order of the list. */
export function handedOn(packet: AcceptedPacket): AcceptedNumber[] {
  return packet.numbers.filter(({ rejection }) => rejection === undefined);
}

/** The packet with those numbers LOCAL_REJECTED that the balance did not cover; `covered` is in the order of `handedOn`. */
export function withCoverage(packet: AcceptedPacket, covered: readonly boolean[]): AcceptedPacket {
  let index = 0;
  const numbers = packet.numbers.map((number) =>
    number.rejection !== undefined || covered[index++] ? number : { ...number, rejection: LocalRejection.Balance },
  );
  return { ...packet, numbers };
}

/** What packets take from the meter together. */
export function demandOf(packets: readonly AcceptedPacket[]): { total: bigint; sms: number; waiting: number } {
  let total = 0n;
  let sms = 0;
  let waiting = 0;
  for (const packet of packets) {
    sms += packet.sms;
    for (const number of handedOn(packet)) {
      total += costOf(packet, number);
      waiting += 1;
    }
  }
  return { total, sms, waiting };
}

/** The parameters from $6 on of TAKE_IN_PACKETS. */
export function packetColumns(all: readonly AcceptedPacket[], newId: () => string): string[] {
  // What has no accepted number leaves no trace but in the rate.
  const packets = all.filter(({ numbers }) => numbers.length > 0);
  const numbers = packets.flatMap((packet, index) =>
    packet.numbers.map((number) => ({ ...number, packet: index + 1 })),
  );
  const lines = packets.flatMap((packet, index) => debitLines(packet, index + 1));
  return [
    plainArray(packets.map(({ id }) => id)),
    plainArray(packets.map(({ acceptedAt }) => new Date(acceptedAt).toISOString())),
    nullableArray(packets.map(({ routeId }) => routeId)),
    plainArray(packets.map(({ dataCoding }) => dataCoding)),
    plainArray(packets.map(({ segments }) => segments)),
    plainArray(packets.map(({ lane }) => lane)),
    textArray(packets.map(({ sender }) => sender)),
    textArray(packets.map(({ text }) => JSON.stringify(text))),
    textArray(packets.map(({ customerBody }) => customerBody)),
    plainArray(numbers.map(({ packet }) => packet)),
    plainArray(numbers.map(({ ordinal }) => ordinal)),
    plainArray(numbers.map(({ countryCode }) => countryCode)),
    plainArray(numbers.map(({ msisdn }) => msisdn)),
    nullableArray(numbers.map(({ price, rejection }) => (rejection === undefined ? price.id : undefined))),
    nullableArray(numbers.map(({ rejection }) => rejection)),
    plainArray(lines.map(newId)),
    plainArray(lines.map(({ packet }) => packet)),
    plainArray(lines.map(({ priceId }) => priceId)),
    plainArray(lines.map(({ quantity }) => quantity)),
    plainArray(lines.map(({ amount }) => formatAmount(amount))),
  ];
}

interface DebitLine {
  readonly packet: number;
  readonly priceId: number;
  quantity: number;
  amount: bigint;
}

/** One line a price: the segments bought at it, and what they cost. */
function debitLines(packet: AcceptedPacket, position: number): DebitLine[] {
  const lines = new Map<number, DebitLine>();
  for (const number of handedOn(packet)) {
    const line = lines.get(number.price.id) ?? { packet: position, priceId: number.price.id, quantity: 0, amount: 0n };
    line.quantity += packet.segments;
    line.amount += costOf(packet, number);
    lines.set(number.price.id, line);
  }
  return [...lines.values()];
}
