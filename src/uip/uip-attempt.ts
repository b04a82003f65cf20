import type { Dispatcher } from 'undici';
import type { UipMethod } from './domain/envelope.js';
import { notSentReason } from './not-sent-reason.js';
import { readAnswer } from './uip-answer.js';
import type { InDoubtReason, NotSentReason, SendOptions, UipOutcome } from './uip-transport.js';

/** HTTP statuses of what never reached UIP (protocol.md 1). */
const NEVER_REACHED: ReadonlySet<number> = new Set([403, 404, 405, 413]);

/** Longest wait that a timer can take, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What an attempt needs to know. */
export interface AttemptParameters extends SendOptions {
  readonly method: UipMethod;
  readonly serial: number;
  readonly maxAnswerBytes: number;
  /** The monotonic clock, in ms. */
  readonly monotonic: () => number;
}

/**
 * One packet on its way through undici, and its outcome.
 *
 * `onRequestStart` is called with a connection at hand, in the same synchronous turn in which undici then writes the first
 * byte: it divides `not_sent` from `in_doubt`. Whatever fails before it has not left; whatever fails after it may have.
 */
export class UipAttempt implements Dispatcher.DispatchHandler {
  /** Resolves once, never rejects. */
  readonly outcome: Promise<UipOutcome>;
  private resolve: (outcome: UipOutcome) => void = () => undefined;
  private settled = false;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly parameters: AttemptParameters) {
    this.outcome = new Promise((resolve) => {
      this.resolve = resolve;
    });
    const left = Math.ceil(parameters.deadline - parameters.monotonic());
    this.timer = setTimeout(() => this.onDeadline(), Math.min(Math.max(left, 0), MAX_TIMER_MS));
  }

  /**
   * The last moment before the first byte. A throw keeps the packet from being written and leaves the connection to others,
   * where `controller.abort` would close it.
   *
   * @throws Error when the packet must not leave; called a second time, it would be a retry
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled || this.controller !== undefined) throw new Error('no packet is sent late, or twice');
    const withheld = this.reasonToWithhold();
    if (withheld !== undefined) {
      this.notSent(withheld, 'right before the first byte');
      throw new Error(`withheld: ${withheld}`);
    }
    this.controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
    if (NEVER_REACHED.has(status)) this.notSent('status', `HTTP ${status}`, true);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.parameters.maxAnswerBytes) {
      this.inDoubt('oversize', `more than ${this.parameters.maxAnswerBytes} bytes`);
      controller.abort(new Error('the answer is too large'));
    } else if (!this.settled) this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.settled) return;
    const [only] = this.chunks;
    const body = only !== undefined && this.chunks.length === 1 ? only : Buffer.concat(this.chunks);
    const { method, serial } = this.parameters;
    const answer = readAnswer(body, method);
    if (typeof answer === 'string') {
      this.inDoubt(this.status === 200 ? 'malformed' : 'status', `HTTP ${this.status}: ${answer}`);
      return;
    }
    const serialMatches = answer.serial === serial;
    if (!serialMatches && method === 'SMS_SEND_REQUEST') {
      this.inDoubt('serial', `SERIAL ${String(answer.serial)} instead of ${serial}`);
      return;
    }
    this.settle({ kind: 'answered', answer, serial, serialMatches });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.controller === undefined) this.notSent(notSentReason(error), error.message);
    else this.inDoubt('reset', error.message);
  }

  private onDeadline(): void {
    if (this.controller === undefined) {
      this.notSent('deadline', 'no connection in time');
      return;
    }
    this.inDoubt('timeout', 'no ANSWER in time');
    this.controller.abort(new Error('deadline'));
  }

  private reasonToWithhold(): NotSentReason | undefined {
    const { deadline, monotonic, beforeFirstByte } = this.parameters;
    if (monotonic() >= deadline) return 'deadline';
    try {
      return beforeFirstByte?.() === false ? 'withheld' : undefined;
    } catch {
      return 'withheld';
    }
  }

  private notSent(reason: NotSentReason, detail: string, stopRoute = false): void {
    const status = reason === 'status' ? { status: this.status } : {};
    this.settle({ kind: 'not_sent', reason, stopRoute, ...status, detail });
  }

  private inDoubt(reason: InDoubtReason, detail: string): void {
    const status = this.status === 0 ? {} : { status: this.status };
    this.settle({ kind: 'in_doubt', reason, ...status, detail });
  }

  private settle(outcome: UipOutcome): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    this.resolve(outcome);
  }
}
