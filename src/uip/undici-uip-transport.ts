import { Injectable, Logger } from '@nestjs/common';
import { Agent } from 'undici';
import { SerialCounter } from './domain/serial.js';
import { formatUipTime } from './domain/uip-time.js';
import { UipAttempt } from './uip-attempt.js';
import { createConnector, type ConnectorOptions } from './uip-connector.js';
import type { TlsMaterial } from './uip-server.options.js';
import { UipTransport, type OutgoingPacket, type SendOptions, type UipOutcome } from './uip-transport.js';

/** Settings of the transport. Times are in milliseconds. */
export interface UndiciUipTransportOptions extends Partial<ConnectorOptions> {
  /** Whether http: URLs are taken: in a sandbox only. Default false. */
  readonly allowPlainHttp?: boolean;
  /** Most connections to one origin. Default 16. */
  readonly connections?: number;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number;
  /**
   * How long an idle connection is kept where the server does not say; where it does, 2 seconds less than it says, and at
   * most 30 seconds. Default 3,000: less than the 5 seconds after which a Node server closes it.
   */
  readonly keepAliveTimeoutMs?: number;
  /** Longest ANSWER that is read, in bytes. Default 256 KiB. */
  readonly maxAnswerBytes?: number;
  /** The clock that TIME is taken from, in ms since 1970 UTC. Default: the real one. */
  readonly now?: () => number;
  /** The monotonic clock of deadlines, in ms. Default `performance.now`. */
  readonly monotonic?: () => number;
  /** Zone of TIME, minutes east of UTC. Default 480. */
  readonly utcOffsetMinutes?: number;
}

interface Target {
  readonly origin: string;
  readonly path: string;
}

/** The connections made with one set of TLS material, and the packets on them. */
interface Line {
  readonly agent: Agent;
  readonly underWay: Set<Promise<UipOutcome>>;
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };
const MAX_TARGETS = 1_000;

/**
 * UIP over undici: kept-alive connections per origin, one request at a time on each, mutual TLS. undici's own timeouts are
 * off, since they are coarse; each attempt keeps its deadline by a timer of its own.
 */
@Injectable()
export class UndiciUipTransport extends UipTransport {
  private readonly logger = new Logger(UndiciUipTransport.name);
  private readonly serials = new SerialCounter();
  private readonly targets = new Map<string, Target>();
  private line: Line;
  private closed = false;

  constructor(private readonly options: UndiciUipTransportOptions = {}) {
    super();
    this.line = { agent: this.createAgent(options.tls), underWay: new Set() };
  }

  /** See `UipTransport.send`. */
  async send(url: string, packet: OutgoingPacket, options: SendOptions): Promise<UipOutcome> {
    if (this.closed) return { kind: 'not_sent', reason: 'closed', stopRoute: false, detail: 'the transport is closed' };
    const target = this.targetOf(url);
    if (target === undefined) {
      return { kind: 'not_sent', reason: 'url', stopRoute: true, detail: 'not a URL that packets may be sent to' };
    }
    const serial = this.serials.next();
    const body = this.textOf(packet, serial);
    const { monotonic = () => performance.now(), maxAnswerBytes = 256 * 1024 } = this.options;
    const attempt = new UipAttempt({ ...options, method: packet.METHOD, serial, maxAnswerBytes, monotonic });
    const { agent, underWay } = this.line;
    underWay.add(attempt.outcome);
    agent.dispatch({ ...target, method: 'POST', headers: HEADERS, body, idempotent: false }, attempt);
    const outcome = await attempt.outcome;
    underWay.delete(attempt.outcome);
    if (outcome.kind === 'answered' && !outcome.serialMatches) {
      this.logger.warn(`${target.origin} answered SERIAL ${String(outcome.answer.serial)} to ${serial}`);
    }
    return outcome;
  }

  /** Puts new TLS material to use; resolves when the packets under way have had their outcome on the old connections. */
  async setTlsMaterial(material: TlsMaterial): Promise<void> {
    const old = this.line;
    this.line = { agent: this.createAgent(material), underWay: new Set() };
    await retire(old);
  }

  /** See `UipTransport.close`. */
  async close(): Promise<void> {
    this.closed = true;
    await retire(this.line);
  }

  private createAgent(tls: TlsMaterial | undefined): Agent {
    const { connections = 16, connectTimeoutMs = 5_000, keepAliveTimeoutMs = 3_000 } = this.options;
    return new Agent({
      connections,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      keepAliveMaxTimeout: 30_000,
      keepAliveTimeoutThreshold: 2_000,
      connect: createConnector({ ...this.options, tls, connectTimeoutMs }),
    });
  }

  private textOf(packet: OutgoingPacket, serial: number): string {
    const { now = Date.now, utcOffsetMinutes } = this.options;
    const members = typeof packet.members === 'string' ? packet.members : JSON.stringify(packet.members);
    const time = formatUipTime(now(), utcOffsetMinutes);
    const head = `{"METHOD":"${packet.METHOD}","TYPE":"REQUEST","SERIAL":${serial},"TIME":"${time}"`;
    return members === '{}' ? `${head}}` : `${head},${members.slice(1)}`;
  }

  private targetOf(url: string): Target | undefined {
    const known = this.targets.get(url);
    if (known !== undefined) return known;
    if (!URL.canParse(url)) return undefined;
    const { protocol, origin, pathname, search } = new URL(url);
    const permitted = protocol === 'https:' || (protocol === 'http:' && this.options.allowPlainHttp === true);
    if (!permitted) return undefined;
    if (this.targets.size >= MAX_TARGETS) this.targets.clear();
    const target = { origin, path: `${pathname}${search}` };
    this.targets.set(url, target);
    return target;
  }
}

/** Every packet has its outcome by its deadline; what undici still waits for then (a handshake, say) is nobody's any more. */
async function retire(line: Line): Promise<void> {
  await Promise.all(line.underWay);
  await line.agent.destroy();
}
