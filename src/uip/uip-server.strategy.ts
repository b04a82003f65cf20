import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { answerText, faultAnswer, resultCodeOf, type UipAnswerBody } from './domain/answer.js';
import { FALLBACK_SERIAL, readEnvelope } from './domain/envelope.js';
import { isWireObject, type WireObject } from './domain/members.js';
import { UipFault } from './domain/uip-fault.js';
import { formatUipTime } from './domain/uip-time.js';
import { RawReply, UipContext } from './uip-context.js';
import type { UipExchange } from './uip-exchange.js';
import { UipListener } from './uip-listener.js';
import type { TlsMaterial, UipServerOptions } from './uip-server.options.js';

/** What a packet is handed to on the short way; what it throws is answered as `UipServerOptions.codes` say. */
export type UipHandler = (packet: WireObject, context: UipContext) => Promise<UipAnswerBody>;

/** Events of the underlying HTTP server. */
type UipServerEvents = Record<string, (...args: unknown[]) => void>;

/**
 * UIP as a Nest message transport (design.md 2): METHOD is the pattern, the packet the payload, `UipContext` the context.
 *
 * ```ts
 * @MessagePattern('SMS_PUSH_REPORT')
 * handle(@Payload() packet: WireObject, @Ctx() context: UipContext): Promise<UipAnswerBody>
 * ```
 *
 * A handler returns an ANSWER without its general parameters, which are added here. Whatever else happens (a throw, garbage,
 * no handler at all) is answered by an ANSWER too, so that a client always has a RESULT_CODE to read.
 */
export class UipServerStrategy extends Server<UipServerEvents> implements CustomTransportStrategy {
  private readonly listener: UipListener;
  private written = { second: Number.NaN, text: '' };
  private direct: UipHandler | undefined;

  constructor(private readonly options: UipServerOptions) {
    super();
    this.listener = new UipListener(options, (exchange) => this.handle(exchange));
  }

  /** Starts to listen; `callback` gets the system's error (EADDRINUSE, …) when that fails. Called by Nest. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.listener.listen();
    } catch (error) {
      callback(error);
      return;
    }
    this.listener.server.on('error', (error) => this.logger.error(`UIP listener: ${error.message}`));
    callback();
  }

  /** Closes gracefully: requests in flight are finished first. Called by Nest. */
  async close(): Promise<void> {
    await this.listener.close();
  }

  /** Listens to an event of the underlying HTTP server. */
  on(event: string, callback: (...args: unknown[]) => void): void {
    this.listener.server.on(event, callback);
  }

  /** The underlying `http.Server` or `https.Server`. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the signature is Nest's
  unwrap<T>(): T {
    return this.listener.server as T;
  }

  /** The port that is listened on. @throws Error before `listen` */
  get port(): number {
    return this.listener.port;
  }

  /**
   * Hands packets to `handler` from now on, past Nest's chain of pipes and filters (docs/decisions/0034-direct-routes.md): what
   * those do is for the handler to do.
   */
  serveDirectly(handler: UipHandler): void {
    this.direct = handler;
  }

  /** Puts new TLS material to use for new connections; open ones keep what they were made with. */
  setTlsMaterial(material: TlsMaterial): void {
    this.listener.setTlsMaterial(material);
  }

  private async handle(exchange: UipExchange): Promise<void> {
    const reading = readEnvelope(exchange.body, this.options.method);
    if (reading.kind === 'too_large') {
      exchange.refuse(413);
    } else if (reading.kind === 'fault') {
      this.answer(exchange, reading.serial, faultAnswer(this.options.method, reading.resultCode, reading.detail));
    } else {
      await this.handlePacket(exchange, reading.packet, reading.serial);
    }
  }

  private async handlePacket(exchange: UipExchange, packet: WireObject, serial: number): Promise<void> {
    const context = new UipContext(
      this.options.method,
      serial,
      exchange.remoteAddress,
      exchange.certificate,
      exchange.receivedAt,
      exchange.body,
      () => exchange.cut(),
    );
    let reply: unknown;
    try {
      reply = await this.produce(packet, context);
    } catch (error) {
      reply = this.answerTo(error);
    }
    if (context.isCut) return;
    if (reply instanceof RawReply) exchange.reply(reply.body, reply.status, reply.contentType);
    else this.answer(exchange, serial, reply);
  }

  private async produce(packet: WireObject, context: UipContext): Promise<unknown> {
    if (this.direct !== undefined) return this.direct(packet, context);
    const handler = this.messageHandlers.get(this.options.method);
    if (handler === undefined) throw new Error(`nobody handles ${this.options.method}`);
    const result: unknown = await handler(packet, context);
    // Nest wraps results only where an interceptor asks for it, and errors that no filter took.
    return isObservable(result) ? await lastValueFrom(result) : result;
  }

  /** Sends the ANSWER; something that is none, or can't be written as JSON, becomes the one for an unexpected error. */
  private answer(exchange: UipExchange, serial: number, reply: unknown): void {
    let text: string;
    try {
      if (!isAnswerBody(reply)) throw new TypeError(`a handler of ${this.options.method} returned no ANSWER`);
      text = this.textOf(serial, reply);
    } catch (error) {
      text = this.textOf(serial, this.answerTo(error));
    }
    exchange.reply(text);
  }

  private textOf(serial: number, body: UipAnswerBody): string {
    return answerText({ METHOD: this.options.method, SERIAL: serial, TIME: this.time() }, body);
  }

  /** TIME of an ANSWER, written once a second. */
  private time(): string {
    const { now = Date.now, utcOffsetMinutes } = this.options;
    const second = Math.floor(now() / 1000);
    if (second !== this.written.second) this.written = { second, text: formatUipTime(second * 1000, utcOffsetMinutes) };
    return this.written.text;
  }

  private answerTo(error: unknown): UipAnswerBody {
    if (!(error instanceof UipFault)) this.logger.error(error);
    const detail = error instanceof UipFault ? error.detail : undefined;
    return faultAnswer(this.options.method, resultCodeOf(error, this.options.codes), detail);
  }
}

function isAnswerBody(reply: unknown): reply is UipAnswerBody {
  if (!isWireObject(reply) || !Number.isSafeInteger(reply['RESULT_CODE'])) return false;
  const { DETAIL_LIST: list, SERIAL: serial = FALLBACK_SERIAL, RESULT_DESC: desc = '' } = reply;
  return (list === undefined || Array.isArray(list)) && Number.isSafeInteger(serial) && typeof desc === 'string';
}
