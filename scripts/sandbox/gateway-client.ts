import type { MoneyJson } from '../../src/billing/domain/money.js';
import type { MessageStatus } from '../../src/messaging/domain/message-status.js';
import type { MessageDetailsView, MessageView } from '../../src/messaging/message.view.js';
import { JsonClient } from './json-client.js';

/** A recipient in either form of `to`. */
export type Recipient = string | { readonly countryCode: number; readonly msisdn: string };

/** Body of `POST /v1/messages` and of its preview. */
export interface SendRequest {
  readonly to: readonly Recipient[];
  readonly text: string;
  readonly route?: string;
  readonly from?: string;
  readonly signature?: { readonly text: string; readonly type?: number };
  readonly priority?: 'normal' | 'high';
  readonly sendAt?: string;
  readonly validUntil?: string;
  readonly onDoubt?: 'wait' | 'resend';
  readonly maxPrice?: MoneyJson;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What is answered to a submission. */
export interface Submission {
  readonly id: string;
  readonly encoding: 'gsm7' | 'latin1' | 'ucs2';
  /** Per SMS. */
  readonly segments: number;
  readonly cost: MoneyJson;
  /** In the order of `to`. */
  readonly messages: readonly {
    readonly id: string;
    readonly to: string;
    readonly status: MessageStatus;
    readonly segments: number;
    readonly price: MoneyJson;
    readonly cost: MoneyJson;
  }[];
}

/** What a preview answers. */
export interface Preview {
  readonly encoding: 'gsm7' | 'latin1' | 'ucs2';
  readonly characters: number;
  readonly segments: number;
  readonly parts: readonly string[];
  readonly text: string;
  /** Of each country. */
  readonly cost: readonly {
    readonly countryCode: number;
    readonly messages: number;
    readonly segments: number;
    readonly price: MoneyJson;
    readonly cost: MoneyJson;
  }[];
  readonly total: MoneyJson;
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
}

/** One page of a list; `nextCursor` is null at its end, and only there. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** Filters of `GET /v1/messages`. */
export interface MessageFilter {
  /** One or several, separated by commas. */
  readonly status?: string;
  readonly country?: number;
  readonly route?: string;
  readonly submissionId?: string;
  readonly to?: string;
  readonly createdFrom?: string;
  readonly createdTo?: string;
}

/** The gateway's REST API, as a program of a customer would use it. Calls throw `UnexpectedAnswerError` when refused. */
export class GatewayClient {
  readonly http: JsonClient;

  /** @param keep told of every 202 body of a submission, as it came */
  constructor(url: string, key: string | undefined, keep: (body: string) => void = () => undefined) {
    this.http = new JsonClient(url, key, (path, { status, text }) => {
      if (path === '/v1/messages' && status === 202) keep(text);
    });
  }

  send(body: SendRequest, idempotencyKey?: string): Promise<Submission> {
    const headers = idempotencyKey === undefined ? undefined : { 'idempotency-key': idempotencyKey };
    return this.http.expect(202, 'POST', '/v1/messages', { json: body, headers });
  }

  preview(body: SendRequest): Promise<Preview> {
    return this.http.expect(200, 'POST', '/v1/messages/preview', { json: body });
  }

  message(id: string): Promise<MessageDetailsView> {
    return this.http.expect(200, 'GET', `/v1/messages/${id}`);
  }

  page(filter: MessageFilter & { readonly limit?: number; readonly cursor?: string }): Promise<Page<MessageView>> {
    return this.http.expect(200, 'GET', '/v1/messages', { query: { ...filter } });
  }

  /** All messages that a filter lets through, page by page. */
  async messages(filter: MessageFilter): Promise<MessageView[]> {
    const found: MessageView[] = [];
    for (let cursor: string | undefined; ;) {
      const { items, nextCursor } = await this.page({ ...filter, limit: 1000, cursor });
      found.push(...items);
      if (nextCursor === null) return found;
      cursor = nextCursor;
    }
  }

  cancel(id: string): Promise<MessageDetailsView> {
    return this.http.expect(200, 'POST', `/v1/messages/${id}/cancel`);
  }

  /** Moves the gateway's business time, in the sandbox only; gives the new one, ISO-8601. `0s` asks for it. */
  async advanceClock(by: string): Promise<string> {
    const { now } = await this.http.expect<{ now: string }>(200, 'POST', '/v1/sandbox/clock/advance', { json: { by } });
    return now;
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
