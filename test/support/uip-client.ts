import https from 'node:https';

/** What a client shows and trusts; without certificate it shows none. */
export interface ClientTls {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly ca: Buffer;
}

/** A reply, whatever it is. */
export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** An ANSWER to a send request. */
export interface SendAnswer {
  readonly METHOD: string;
  readonly TYPE: string;
  readonly SERIAL: number;
  readonly TIME: string;
  readonly RESULT_CODE: number;
  readonly RESULT_DESC: string;
  readonly DETAIL_LIST: readonly {
    readonly COUNTRY_CODE: unknown;
    readonly DEST_MSISDN: unknown;
    readonly SMS_UID: string;
    readonly RESULT_CODE: number;
    readonly RESULT_DESC: string;
  }[];
}

/** A customer's client as black as a box: it shares no code with what it tests. */
export class UipClient {
  private readonly agent: https.Agent;
  private serial = 0;

  constructor(
    private readonly url: string,
    tls: ClientTls,
  ) {
    this.agent = new https.Agent({ ...tls, keepAlive: true, maxSockets: 64 });
  }

  /** A send request of a valid packet with these members changed; `undefined` leaves one out. */
  packet(members: object = {}): Record<string, unknown> {
    this.serial = (this.serial % 128) + 1;
    return {
      METHOD: 'SMS_SEND_REQUEST',
      TYPE: 'REQUEST',
      SERIAL: this.serial,
      TIME: '2026-01-02 03:04:05',
      AUTH_KEY: 'demo-key',
      MULTI_MSISDN_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: '67000011' }],
      SMS_CONTENT: 'Hello',
      ROUTE_ID: 'R',
      VERSION: '2021-01-01',
      ...members,
    };
  }

  /** Sends a packet and reads its ANSWER. */
  async send(members: object = {}): Promise<SendAnswer> {
    const reply = await this.post(JSON.stringify(this.packet(members)));
    if (reply.status !== 200) throw new Error(`HTTP ${reply.status}`);
    return JSON.parse(reply.text) as SendAnswer;
  }

  /** Posts any body. @throws when the connection ends before the reply does */
  post(body: string | Buffer, options: { path?: string; method?: string; headers?: object } = {}): Promise<Reply> {
    const url = options.path === undefined ? this.url : new URL(options.path, this.url).href;
    return new Promise((resolve, reject) => {
      const request = https.request(
        url,
        { method: options.method ?? 'POST', agent: this.agent, headers: { ...options.headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
