import type { UipMethod } from './domain/envelope.js';
import type { PeerCertificate } from './peer-identity.js';

/** What a handler knows of a request besides its packet: `@Ctx() context: UipContext`. */
export class UipContext {
  private cutOff = false;

  constructor(
    readonly method: UipMethod,
    /** SERIAL of the request, 1..65535; the listener repeats it in the ANSWER. */
    readonly serial: number,
    /** Where it came from, in plain form; behind a trusted proxy, the proxy's client. */
    readonly remoteAddress: string,
    /** The certificate of the TLS peer; `undefined` without one, and without TLS. */
    readonly certificate: PeerCertificate | undefined,
    /** Time of receipt, by the listener's clock: ms since 1970 UTC. */
    readonly receivedAt: number,
    /** The body as it came: UTF-8, at most 256 KiB. */
    readonly body: Buffer,
    private readonly destroy: () => void,
  ) {}

  /** Cuts the connection; whatever the handler returns is not sent. For simulated faults. */
  cut(): void {
    this.cutOff = true;
    this.destroy();
  }

  /** Whether the connection was cut by `cut`. */
  get isCut(): boolean {
    return this.cutOff;
  }
}

/** A reply that is no ANSWER, returned by a handler in place of one: for simulated faults. */
export class RawReply {
  constructor(
    readonly body: string,
    readonly status = 200,
    readonly contentType = 'text/html',
  ) {}
}
