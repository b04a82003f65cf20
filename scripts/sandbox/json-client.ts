import { Agent, type Dispatcher, request } from 'undici';

/** An answer of one of the HTTP APIs, whatever its status. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as it came. */
  readonly text: string;
  /** The body read as JSON; undefined for none. */
  readonly body: Body;
}

/** What a call may carry besides method and path. */
export interface CallOptions {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; its Content-Type is for `headers`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
}

/** Another status than the one that a call is for; the message carries the answer. */
export class UnexpectedAnswerError extends Error {
  constructor(
    call: string,
    readonly answer: Answer<unknown>,
  ) {
    super(`${call} was answered ${answer.status}: ${answer.text.slice(0, 1000)}`);
    this.name = 'UnexpectedAnswerError';
  }
}

/** Talks JSON to one HTTP API with a bearer key, over a few connections that are kept alive. */
export class JsonClient {
  private readonly agent = new Agent({ connections: 8 });

  /**
   * @param baseUrl scheme, host and port; no path
   * @param key sent as `Authorization: Bearer`; undefined for none
   * @param witness told of every answer
   */
  constructor(
    readonly baseUrl: string,
    private readonly key: string | undefined,
    private readonly witness: (path: string, answer: Answer<unknown>) => void = () => undefined,
  ) {}

  /** Makes a call and gives whatever is answered. */
  async call<Body>(method: Dispatcher.HttpMethod, path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    const url = new URL(path, this.baseUrl);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const { statusCode, headers, body } = await request(url, {
      method,
      dispatcher: this.agent,
      headers: {
        ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      body: options.json === undefined ? options.text : JSON.stringify(options.json),
    });
    const text = await body.text();
    const answer = { status: statusCode, headers, text, body: parse(text) as Body };
    this.witness(path, answer);
    return answer;
  }

  /**
   * Makes a call and gives the body of the answer that it is for.
   * @throws UnexpectedAnswerError for another status
   */
  async expect<Body>(
    status: number,
    method: Dispatcher.HttpMethod,
    path: string,
    options: CallOptions = {},
  ): Promise<Body> {
    const answer = await this.call<Body>(method, path, options);
    if (answer.status !== status) throw new UnexpectedAnswerError(`${method} ${path}`, answer);
    return answer.body;
  }

  /** Closes the connections. */
  close(): Promise<void> {
    return this.agent.close();
  }
}

/** Text that is no JSON is left to `Answer.text`. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
