import { Agent, type Dispatcher, request } from 'undici';

import type { ProblemView } from '../rest/problem.view.js';
import { CommandError } from './command-error.js';
import type { Target } from './target.js';

/** A call of the REST API. */
export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: Dispatcher.DispatchOptions['body'];
}

/** No answer, or one that says that nobody knows: the same call may be made again, where it is safe to repeat. */
export class NoAnswerError extends CommandError {}

/** The API has refused. */
export class RefusedError extends CommandError {
  constructor(
    readonly status: number,
    readonly problem: Partial<ProblemView>,
  ) {
    const { code = `HTTP ${status}`, detail = 'no reason was given', errors = [] } = problem;
    super(
      `Refused, ${code}: ${detail}`,
      errors.map(({ field, rule }) => `${field} ${rule}`),
    );
  }
}

/** The REST API of a gateway, for the commands. */
export class RestClient {
  private readonly agent: Agent;

  constructor(private readonly target: Target) {
    const { ca } = target;
    // A file may take long to be taken in: no limit on the wait for the answer.
    this.agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, ...(ca === undefined ? {} : { connect: { ca } }) });
  }

  /**
   * Makes a call and gives the body of the answer, read as JSON.
   * @throws NoAnswerError, RefusedError
   */
  async call<Body>(call: Call): Promise<Body> {
    return parse(await this.text(call)) as Body;
  }

  /**
   * As `call`; gives the body as it is.
   * @throws NoAnswerError, RefusedError
   */
  async text(call: Call): Promise<string> {
    const { status, text } = await this.exchange(call);
    if (status >= 200 && status < 300) return text;
    const body = parse(text);
    const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<ProblemView>;
    if (status === 502 || status === 503 || status === 504) {
      throw new NoAnswerError(`No answer that says anything: HTTP ${status} ${problem.code ?? ''}`.trim());
    }
    throw new RefusedError(status, problem);
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async exchange({ method = 'GET', path, query, headers, json, body }: Call) {
    const url = new URL(path, this.target.url);
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    try {
      const answer = await request(url, {
        method,
        dispatcher: this.agent,
        headers: {
          authorization: `Bearer ${this.target.key}`,
          accept: 'application/json',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: json === undefined ? body : JSON.stringify(json),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new NoAnswerError(
        `No answer from ${url.origin} (${why}).`,
        ['Is it running? npx cloudsms doctor tells more'],
        {
          cause: error,
        },
      );
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
