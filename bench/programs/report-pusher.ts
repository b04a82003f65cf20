import fs from 'node:fs';

import { HttpConnection, postRequest } from '../support/http-connection.js';
import type { TlsPaths } from '../support/tls.js';

/** Where reports go to. */
export interface ReportTarget {
  /** Of one or several listeners, among which the connections are divided. */
  readonly urls: readonly string[];
  readonly tls: TlsPaths;
  readonly connections: number;
}

/**
 * Pushes reports as they come up, each once, over so many connections with one report under way on each. A connection that
 * the listener has closed meanwhile is opened anew.
 */
export class ReportPusher {
  private readonly waiting: string[] = [];
  private readonly idle: HttpConnection[] = [];
  private taken = 0;
  private failure: Error | undefined;
  private first = 0;

  private constructor(
    private readonly url: string,
    private readonly open: (index: number) => Promise<HttpConnection>,
  ) {}

  /** @throws Error when no connection can be made */
  static async open({ urls, tls, connections }: ReportTarget): Promise<ReportPusher> {
    const read = (file: string): string => fs.readFileSync(file, 'utf8');
    const material = { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) };
    const open = (index: number) => HttpConnection.open({ url: urls[index % urls.length], tls: material });
    const pusher = new ReportPusher(urls[0], open);
    for (let index = 0; index < connections; index += 1) pusher.idle.push(await open(index));
    return pusher;
  }

  /** Reports that were answered with 1. @throws Error when one was not */
  get reported(): number {
    if (this.failure !== undefined) throw this.failure;
    return this.taken;
  }

  push(bodies: readonly string[]): void {
    for (const body of bodies) this.waiting.push(body);
    while (this.first < this.waiting.length && this.idle.length > 0) void this.work(this.idle.pop(), this.idle.length);
  }

  close(): void {
    for (const connection of this.idle) connection.close();
  }

  private async work(kept: HttpConnection | undefined, index: number): Promise<void> {
    try {
      // Taken before anything is waited for: the report is this connection's.
      let body = this.take();
      const connection = kept?.isOpen ? kept : await this.open(index);
      for (; body !== undefined; body = this.take()) {
        const reply = await connection.send(postRequest(this.url, body));
        if (reply.status !== 200 || !reply.body.includes('"RESULT_CODE":1,'))
          throw new Error(`a report was not taken: ${reply.status} ${reply.body.toString('utf8', 0, 500)}`);
        this.taken += 1;
      }
      this.idle.push(connection);
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  /** The array is emptied in one go: shifting a long one costs more than sending. */
  private take(): string | undefined {
    if (this.first < this.waiting.length) return this.waiting[this.first++];
    this.waiting.length = 0;
    this.first = 0;
    return undefined;
  }
}
