import http from 'node:http';

/** An event as a stream told it. */
export interface StreamedEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events as a browser's EventSource does, but for coming back by itself. */
export class EventReader {
  readonly events: StreamedEvent[] = [];
  /** Lines that are comments: heartbeats. */
  readonly comments: string[] = [];
  /** Status of the answer; undefined until it is there. */
  status: number | undefined;
  type: string | undefined;
  ended = false;
  private buffer = '';
  private request: http.ClientRequest | undefined;
  private response: http.IncomingMessage | undefined;

  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  open(lastEventId?: number, path = '/v1/events'): this {
    const headers = {
      Authorization: `Bearer ${this.key}`,
      Accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': String(lastEventId) }),
    };
    this.ended = false;
    this.buffer = '';
    this.request = http.get(new URL(path, this.url), { headers, agent: false }, (response) => {
      this.response = response;
      this.status = response.statusCode;
      this.type = response.headers['content-type'];
      response.setEncoding('utf8').on('data', (chunk: string) => this.take(chunk));
      response.on('close', () => (this.ended = true));
      response.on('error', () => (this.ended = true));
    });
    this.request.on('error', () => (this.ended = true));
    return this;
  }

  /** Takes no more bytes from the socket until `resume`. */
  pause(): void {
    this.response?.pause();
  }

  resume(): void {
    this.response?.resume();
  }

  close(): void {
    this.request?.destroy();
  }

  private take(chunk: string): void {
    const frames = (this.buffer + chunk).split('\n\n');
    this.buffer = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = new Map<string, string>();
      for (const line of frame.split('\n')) {
        const colon = line.indexOf(':');
        if (colon === 0) this.comments.push(line);
        else fields.set(line.slice(0, colon), line.slice(colon + 2));
      }
      const id = fields.get('id');
      if (id === undefined) continue;
      const data = JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>;
      this.events.push({ id: Number(id), event: fields.get('event') ?? '', data });
    }
  }
}
