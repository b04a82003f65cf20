import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

import { formatUipTime } from '../../src/uip/domain/uip-time.js';
import { postRequest } from '../support/http-connection.js';
import { type LoadResult, runLoad } from '../support/load.js';
import { serve } from '../support/program.js';
import type { TlsPaths } from '../support/tls.js';

/** An SMS_SEND_REQUEST, as far as a stub looks at it. */
interface SendRequest {
  readonly SERIAL: number;
  readonly MULTI_MSISDN_LIST: readonly Recipient[];
  readonly CUSTOMER_BODY?: unknown;
}

interface Recipient {
  readonly COUNTRY_CODE: number;
  readonly DEST_MSISDN: string;
}

/** A packet whose reports may be asked for later: its UIDs are consecutive. */
interface AcceptedPacket {
  readonly firstUid: number;
  readonly customerBody: string;
  readonly recipients: readonly Recipient[];
}

const UID_HEAD = randomBytes(8).toString('hex').toUpperCase();
const uid = (count: number): string => UID_HEAD + count.toString(16).toUpperCase().padStart(16, '0');

let packets = 0;
let numbers = 0;
let remembering = false;
const accepted: AcceptedPacket[] = [];

/** Accepts every number of a packet; nothing is checked and nothing stored. */
function answer(body: string): string {
  const request = JSON.parse(body) as SendRequest;
  const recipients = request.MULTI_MSISDN_LIST;
  const firstUid = numbers;
  packets += 1;
  numbers += recipients.length;
  if (remembering) accepted.push({ firstUid, customerBody: JSON.stringify(request.CUSTOMER_BODY), recipients });
  let details = '';
  for (let index = 0; index < recipients.length; index += 1) {
    const { COUNTRY_CODE, DEST_MSISDN } = recipients[index];
    details +=
      `${index === 0 ? '' : ','}{"COUNTRY_CODE":${COUNTRY_CODE},"DEST_MSISDN":"${DEST_MSISDN}",` +
      `"SMS_UID":"${uid(firstUid + index)}","RESULT_CODE":1,"RESULT_DESC":"OK"}`;
  }
  return (
    `{"METHOD":"SMS_SEND_REQUEST","TYPE":"ANSWER","SERIAL":${request.SERIAL},"TIME":"${formatUipTime(Date.now())}",` +
    `"RESULT_CODE":1,"RESULT_DESC":"OK","DETAIL_LIST":[${details}]}`
  );
}

/** One DELIVERED a number, in the order in which they were accepted. */
function reportBodies(from: number, count: number): string[] {
  const time = formatUipTime(Date.now());
  const bodies: string[] = [];
  for (const { firstUid, customerBody, recipients } of accepted) {
    for (let index = Math.max(0, from - firstUid); index < recipients.length && bodies.length < count; index += 1) {
      const { COUNTRY_CODE, DEST_MSISDN } = recipients[index];
      bodies.push(
        `{"METHOD":"SMS_PUSH_REPORT","TYPE":"REQUEST","SERIAL":${1 + (bodies.length % 128)},"TIME":"${time}",` +
          `"SMS_UID":"${uid(firstUid + index)}","SOURCE_MSISDN":"CloudSMS","SMS_RESULT_LIST":[{"COUNTRY_CODE":` +
          `${COUNTRY_CODE},"DEST_MSISDN":"${DEST_MSISDN}","SMS_STATE":2,"RESULT_DESC":"DELIVERED"}],` +
          `"REPORT_TIME":"${time}","CUSTOMER_BODY":${customerBody}}`,
      );
    }
  }
  return bodies;
}

const commands = {
  /** Listens with mutual TLS on a free port. @returns the URL that sends go to */
  async listen({ tls, remember }: { tls: TlsPaths; remember: boolean }): Promise<string> {
    remembering = remember;
    const read = (file: string): Buffer => fs.readFileSync(file);
    const server = https.createServer(
      { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const text = answer(Buffer.concat(chunks).toString('utf8'));
          response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
          response.end(text);
        });
      },
    );
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/dave/io`;
  },

  /** What has been sent here. */
  counts(): { packets: number; numbers: number } {
    return { packets, numbers };
  },

  /** Pushes one report a number, `count` of them from the `from`th accepted number on; every answer must be 1. */
  push(order: { url: string; tls: TlsPaths; connections: number; from: number; count: number; echo: boolean }) {
    return pushReports(order);
  },
};

function pushReports({ url, tls, connections, from, count, echo }: PushOrder): Promise<LoadResult> {
  const requests = reportBodies(from, count).map((body) => postRequest(url, body));
  if (requests.length !== count) throw new Error(`only ${requests.length} of ${count} numbers were sent here`);
  const read = (file: string): string => fs.readFileSync(file, 'utf8');
  return runLoad({
    target: { url, tls: { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) } },
    requests,
    connections,
    fault: ({ status, body }) =>
      status === 200 && (echo || body.includes('"RESULT_CODE":1,')) ? undefined : 'not taken',
  });
}

type PushOrder = Parameters<typeof commands.push>[0];

export type StubCommands = typeof commands;

serve(commands);
