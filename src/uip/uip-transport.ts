import type { UipMethod } from './domain/envelope.js';
import type { UipAnswer } from './uip-answer.js';

/** A REQUEST that is to be sent, without its general parameters: the transport adds TYPE, SERIAL and TIME. */
export interface OutgoingPacket {
  readonly METHOD: UipMethod;
  /**
   * The other members: an object, or its compact JSON text (`{"AUTH_KEY":…}`), for large lists that are quicker to write by
   * concatenation.
   */
  readonly members: object | string;
}

/** How a packet is sent. */
export interface SendOptions {
  /**
   * When the ANSWER must have been read, on the process's monotonic clock (`performance.now()`, ms). Exact: not a byte leaves
   * later, and waiting ends then.
   */
  readonly deadline: number;
  /**
   * Asked once, with a connection at hand and right before the first byte; `false` (or a throw) withholds the packet. The
   * deadline is looked at besides, in the same moment: a process that was stopped does not send late (design.md 3, 4).
   */
  readonly beforeFirstByte?: () => boolean;
}

/** Why a packet was certainly not sent. */
export type NotSentReason =
  | 'deadline' // it passed before a connection was there
  | 'withheld' // `beforeFirstByte` said no
  | 'dns' // the name has no address
  | 'connect' // refused, unreachable, or no connection in time
  | 'tls' // the handshake failed: certificate, name, protocol
  | 'address' // no address of the name is permitted (`permits`)
  | 'url' // not an https: URL, nor an http: one where that is allowed
  | 'status' // HTTP 403, 404, 405 or 413: it never reached UIP
  | 'closed'; // the transport has been closed

/** Why nobody knows whether a packet was taken. */
export type InDoubtReason =
  | 'timeout' // no ANSWER by the deadline
  | 'reset' // the connection ended before the ANSWER did; under TLS 1.3 also a refused client certificate
  | 'status' // another HTTP status, without an ANSWER
  | 'malformed' // HTTP 200 without a well-formed ANSWER
  | 'oversize' // more than the transport reads
  | 'serial'; // the ANSWER to a send carries another SERIAL

/** A well-formed ANSWER was read: its codes decide. */
export interface Answered {
  readonly kind: 'answered';
  readonly answer: UipAnswer;
  /** SERIAL of the REQUEST. */
  readonly serial: number;
  /** Always true for a send. A report's ANSWER with another SERIAL is logged, and its RESULT_CODE decides. */
  readonly serialMatches: boolean;
}

/** No byte of the packet has left, or HTTP says that it never reached UIP: it may be sent again, later. */
export interface NotSent {
  readonly kind: 'not_sent';
  readonly reason: NotSentReason;
  /** Something is set up wrongly (HTTP 403, 404, 405, 413; a wrong URL): stop the route until it is put right. */
  readonly stopRoute: boolean;
  readonly status?: number;
  /** What happened, for the log. */
  readonly detail: string;
}

/** The first byte has left, and no well-formed ANSWER came: never send it again by itself. */
export interface InDoubt {
  readonly kind: 'in_doubt';
  readonly reason: InDoubtReason;
  readonly status?: number;
  /** What happened, for the log. */
  readonly detail: string;
}

/** Everything that can come of sending a packet. */
export type UipOutcome = Answered | NotSent | InDoubt;

/**
 * The sending side of UIP, for both directions: the gateway's send requests and the platform's reports. A port: this class is
 * its token, `UndiciUipTransport` its default.
 *
 * Rules for an implementation (protocol.md 1, design.md 3):
 * - one REQUEST, one HTTP POST, one ANSWER in the same exchange; **never a retry**, of whatever kind, on whatever layer;
 * - `send` resolves with exactly one outcome, by the deadline; it rejects only for members that can't be written as JSON:
 *   - `answered`: an ANSWER of the packet's METHOD with a readable RESULT_CODE was read, whatever it says, under any HTTP status
 *     but the four below; for a send, with its SERIAL;
 *   - `not_sent`: only where that is certain: no byte was written to the connection (URL, name, address, connection, TLS
 *     handshake, deadline, withheld, closed), or HTTP 403, 404, 405, 413;
 *   - `in_doubt`: everything else after the first byte. A TLS 1.3 server that refuses the client's certificate says so only
 *     after the handshake, so that this is in doubt too;
 * - the server's certificate is always verified;
 * - SERIAL counts 1..128 a process, TIME is in the protocol's zone.
 */
export abstract class UipTransport {
  /**
   * Sends one packet.
   *
   * @param url the whole URL, e.g. `https://platform.example:1815/dave/io`
   */
  abstract send(url: string, packet: OutgoingPacket, options: SendOptions): Promise<UipOutcome>;

  /** Ends when the packets under way have their outcome; packets sent afterwards are `not_sent`, `closed`. */
  abstract close(): Promise<void>;
}
