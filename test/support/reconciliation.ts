import { pino } from 'pino';

import { JsonClient } from '../../scripts/sandbox/json-client.js';
import type { Database } from '../../src/database/database.js';
import { RunExecutor } from '../../src/reconciliation/runs/run-executor.js';
import { RunLoop } from '../../src/reconciliation/runs/run.loop.js';
import type { DifferenceView, RunDetailView } from '../../src/reconciliation/runs/run.dto.js';
import type { UploadedStatementView } from '../../src/reconciliation/statements/statement.dto.js';
import type { Page } from '../../src/rest/page.js';
import { request } from 'undici';
import type { GatewayTraffic } from './gateway-traffic.js';

const logger = pino({ level: 'silent' });

/** A worker's loop of runs, which a test turns by hand. */
export function makeRunLoop(traffic: GatewayTraffic, database: Database = traffic.database): RunLoop {
  return new RunLoop(database, new RunExecutor(database, traffic.clock, logger), traffic.clock, logger);
}

/** Money as the API shows it. */
export interface MoneyView {
  readonly amount: string;
  readonly currency: string;
}

export type { DifferenceView };

/** Reconciliation by its API, as finance uses it. */
export class ReconciliationClient {
  private readonly json: JsonClient;

  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {
    this.json = new JsonClient(url, key);
  }

  close(): Promise<void> {
    return this.json.close();
  }

  /** Uploads a file; whatever is answered. */
  async upload(
    text: string,
    query = '',
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: UploadedStatementView }> {
    const { statusCode, body } = await request(`${this.url}/v1/reconciliation/statements${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'text/csv', ...headers },
      body: text,
    });
    return { status: statusCode, body: (await body.json()) as UploadedStatementView };
  }

  post<Body>(path: string, json: unknown, headers: Record<string, string> = {}) {
    return this.json.call<Body>('POST', `/v1/reconciliation/${path}`, { json, headers });
  }

  get<Body>(path: string, headers: Record<string, string> = {}) {
    return this.json.call<Body>('GET', `/v1/reconciliation/${path}`, { headers });
  }

  /** Asks for a run of a statement. @returns its id */
  async ask(statement: string, more: object = {}): Promise<string> {
    const { status, body } = await this.post<RunDetailView>('runs', { statement, ...more });
    if (status !== 202) throw new Error(`a run was answered ${status}: ${JSON.stringify(body)}`);
    return body.id;
  }

  async run(id: string): Promise<RunDetailView> {
    return (await this.get<RunDetailView>(`runs/${id}`)).body;
  }

  /** All differences of a run, page by page. */
  async differences(id: string, query = ''): Promise<DifferenceView[]> {
    const found: DifferenceView[] = [];
    let cursor = '';
    for (;;) {
      const answer = await this.get<Page<DifferenceView>>(`runs/${id}/differences?limit=1000${query}${cursor}`);
      if (answer.status !== 200) throw new Error(`differences were answered ${answer.status}: ${answer.text}`);
      const { body } = answer;
      found.push(...body.items);
      if (body.nextCursor === null) return found;
      cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
  }
}
