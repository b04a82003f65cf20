import type { MoneyJson } from '../../src/billing/domain/money.js';
import type { Page } from './gateway-client.js';
import { JsonClient } from './json-client.js';

/** An SMS as a simulated handset has received it. */
export interface ReceivedSms {
  readonly at: string;
  readonly smsUid: string;
  readonly from: string;
  /** E.164. */
  readonly to: string;
  /** As the handset shows it: signature included. */
  readonly text: string;
  readonly encoding: 'gsm7' | 'latin1' | 'ucs2';
  readonly segments: readonly string[];
}

/** A handset rule as the sandbox file has it. */
export interface HandsetRuleJson {
  readonly match: string;
  readonly reports?: readonly {
    readonly state: number;
    readonly after: string;
    readonly repeat?: number;
    readonly beforeAnswer?: boolean;
  }[];
  readonly answer?: {
    readonly delay?: string;
    readonly cut?: 'before' | 'after';
    readonly resultCode?: number;
    readonly numberResultCode?: number;
    readonly serial?: number;
    readonly body?: string;
  };
}

/** The platform's admin API, sandbox part included. Calls throw `UnexpectedAnswerError` when refused. */
export class PlatformClient {
  readonly http: JsonClient;

  constructor(url: string, key: string | undefined) {
    this.http = new JsonClient(url, key);
  }

  async balance(account: string): Promise<MoneyJson> {
    const { balance } = await this.http.expect<{ balance: MoneyJson }>(
      200,
      'GET',
      `/admin/v1/accounts/${account}/balance`,
    );
    return balance;
  }

  /** What a handset has received. @param number E.164 */
  async inbox(number: string): Promise<readonly ReceivedSms[]> {
    const { items } = await this.http.expect<Page<ReceivedSms>>(200, 'GET', '/admin/v1/inbox', { query: { number } });
    return items;
  }

  /** Sets handset rules that outrank the file's; none clears them. */
  async setFaults(rules: readonly HandsetRuleJson[]): Promise<void> {
    await this.http.expect(200, 'PUT', '/admin/v1/faults', { json: rules });
  }

  /** Moves the platform's business time. */
  async advanceClock(by: string): Promise<void> {
    await this.http.expect(200, 'POST', '/admin/v1/clock/advance', { json: { by } });
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
