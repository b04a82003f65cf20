import fs from 'node:fs';
import type { ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

import type { DevelopmentCertificates } from '../../src/config/development-certificates.js';

/** A report as a customer's server has received it. */
export interface ReceivedReport {
  readonly METHOD: string;
  readonly TYPE: string;
  readonly SERIAL: number;
  readonly TIME: string;
  readonly SMS_UID: string;
  readonly SOURCE_MSISDN: string;
  readonly SMS_RESULT_LIST: readonly {
    readonly COUNTRY_CODE: number;
    readonly DEST_MSISDN: string;
    readonly SMS_STATE: number;
    readonly RESULT_DESC: string;
  }[];
  readonly REPORT_TIME?: string;
  readonly CUSTOMER_BODY?: unknown;
}

/** How a server behaves: acknowledges, answers another code, never answers at all, or does whatever a spec thinks of. */
export type Behaviour =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'hang' }
  | {
      readonly kind: 'custom';
      readonly answer: (report: ReceivedReport, response: ServerResponse, path: string) => void;
    };

/** The callback server of a customer. */
export class CustomerServer {
  /** In the order of their arrival. */
  readonly reports: ReceivedReport[] = [];
  /** The reports as they stood on the wire. */
  readonly texts: string[] = [];
  /** Most requests that were open at once. */
  mostOpen = 0;
  behaviour: Behaviour = { kind: 'acknowledge' };
  private open = 0;

  private constructor(private readonly server: https.Server) {}

  static async start(certificates: DevelopmentCertificates): Promise<CustomerServer> {
    const server = https.createServer({
      cert: fs.readFileSync(certificates.callback.cert),
      key: fs.readFileSync(certificates.callback.key),
      ca: fs.readFileSync(certificates.ca),
      requestCert: true,
      rejectUnauthorized: true,
    });
    const customer = new CustomerServer(server);
    server.on('request', (request, response) => {
      customer.open += 1;
      customer.mostOpen = Math.max(customer.mostOpen, customer.open);
      response.once('close', () => (customer.open -= 1));
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => customer.receive(Buffer.concat(chunks).toString(), response, request.url ?? ''));
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return customer;
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}/dr`;
  }

  /** States reported for an SMS_UID, in the order of their arrival. */
  statesOf(uid: string): number[] {
    return this.reports
      .filter(({ SMS_UID }) => SMS_UID === uid)
      .flatMap(({ SMS_RESULT_LIST }) => SMS_RESULT_LIST.map(({ SMS_STATE }) => SMS_STATE));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private receive(text: string, response: ServerResponse, path: string): void {
    const report = JSON.parse(text) as ReceivedReport;
    this.reports.push(report);
    this.texts.push(text);
    const { behaviour } = this;
    if (behaviour.kind === 'hang') return;
    if (behaviour.kind === 'custom') behaviour.answer(report, response, path);
    else response.end(answerTo(report, behaviour.kind === 'code' ? behaviour.code : 1));
  }
}

/** The ANSWER to a report, as a customer's server should give it; `members` change it. */
export function answerTo(report: ReceivedReport, code = 1, members: object = {}): string {
  return JSON.stringify({
    METHOD: 'SMS_PUSH_REPORT',
    TYPE: 'ANSWER',
    SERIAL: report.SERIAL,
    TIME: report.TIME,
    RESULT_CODE: code,
    RESULT_DESC: code === 1 ? 'OK' : 'no',
    ...members,
  });
}
