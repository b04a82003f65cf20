import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

import { formatUipTime } from '../../src/uip/domain/uip-time.js';
import { postRequest } from '../support/http-connection.js';
import { type LoadResult, runLoad } from '../support/load.js';
import { serve } from '../support/program.js';
import type { TlsPaths } from '../support/tls.js';
import { ReportPusher, type ReportTarget } from './report-pusher.js';

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
  /** JSON text; undefined: the packet had none. */
  readonly customerBody: string | undefined;
  readonly recipients: readonly Recipient[];
}

const UID_HEAD = randomBytes(8).toString('hex').toUpperCase();
const uid = (count: number): string => UID_HEAD + count.toString(16).toUpperCase().padStart(16, '0');

let packets = 0;
let numbers = 0;
let remembering = false;
let timing = false;
/** When each number was first seen: milliseconds since 1970, with fractions. */
const arrivals = new Map<string, number>();
let pusher: ReportPusher | undefined;
const accepted: AcceptedPacket[] = [];

/** Accepts every number of a packet; nothing is checked and nothing stored. */
function answer(body: string): { text: string; packet: AcceptedPacket } {
  const request = JSON.parse(body) as SendRequest;
  const recipients = request.MULTI_MSISDN_LIST;
  const firstUid = numbers;
  packets += 1;
  numbers += recipients.length;
  if (timing) noteArrivals(recipients);
  const customerBody = JSON.stringify(request.CUSTOMER_BODY) as string | undefined;
  const packet = { firstUid, customerBody, recipients };
  if (remembering) accepted.push(packet);
  let details = '';
  for (let index = 0; index < recipients.length; index += 1) {
    const { COUNTRY_CODE, DEST_MSISDN } = recipients[index];
    details +=
      `${index === 0 ? '' : ','}{"COUNTRY_CODE":${COUNTRY_CODE},"DEST_MSISDN":"${DEST_MSISDN}",` +
      `"SMS_UID":"${uid(firstUid + index)}","RESULT_CODE":1,"RESULT_DESC":"OK"}`;
  }
  const text =
    `{"METHOD":"SMS_SEND_REQUEST","TYPE":"ANSWER","SERIAL":${request.SERIAL},"TIME":"${formatUipTime(Date.now())}",` +
    `"RESULT_CODE":1,"RESULT_DESC":"OK","DETAIL_LIST":[${details}]}`;
  return { text, packet };
}

function noteArrivals(recipients: readonly Recipient[]): void {
  const now = performance.timeOrigin + performance.now();
  for (const { COUNTRY_CODE, DEST_MSISDN } of recipients) arrivals.set(`+${COUNTRY_CODE}${DEST_MSISDN}`, now);
}

/** One DELIVERED a number, in the order in which they were accepted. */
function reportBodies(from: number, count: number): string[] {
  const time = formatUipTime(Date.now());
  const bodies: string[] = [];
  for (const packet of accepted) {
    const { firstUid, recipients } = packet;
    for (let index = Math.max(0, from - firstUid); index < recipients.length && bodies.length < count; index += 1) {
      bodies.push(reportBody(packet, index, 1 + (bodies.length % 128), time));
    }
  }
  return bodies;
}

function reportBody(
  { firstUid, customerBody, recipients }: AcceptedPacket,
  index: number,
  serial: number,
  time: string,
): string {
  const { COUNTRY_CODE, DEST_MSISDN } = recipients[index];
  return (
    `{"METHOD":"SMS_PUSH_REPORT","TYPE":"REQUEST","SERIAL":${serial},"TIME":"${time}",` +
    `"SMS_UID":"${uid(firstUid + index)}","SOURCE_MSISDN":"CloudSMS","SMS_RESULT_LIST":[{"COUNTRY_CODE":` +
    `${COUNTRY_CODE},"DEST_MSISDN":"${DEST_MSISDN}","SMS_STATE":2,"RESULT_DESC":"DELIVERED"}],` +
    `"REPORT_TIME":"${time}"${customerBody === undefined ? '' : `,"CUSTOMER_BODY":${customerBody}`}}`
  );
}

/** Reports each number of a packet at once. */
function report(packet: AcceptedPacket): void {
  const time = formatUipTime(Date.now());
  pusher?.push(packet.recipients.map((_, index) => reportBody(packet, index, 1 + (index % 128), time)));
}

const commands = {
  /**
   * Listens with mutual TLS on a free port.
   * @param remember what for: reports that are asked for later, or times of arrival
   * @returns the URL that sends go to
   */
  async listen({ tls, remember }: { tls: TlsPaths; remember?: 'packets' | 'arrivals' }): Promise<string> {
    remembering = remember === 'packets';
    timing = remember === 'arrivals';
    const read = (file: string): Buffer => fs.readFileSync(file);
    const server = https.createServer(
      { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { text, packet } = answer(Buffer.concat(chunks).toString('utf8'));
          response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
          response.end(text, () => report(packet));
        });
      },
    );
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/dave/io`;
  },

  /** What has been sent here, and of how many reports back we know that they were taken. */
  counts(): { packets: number; numbers: number; reported: number } {
    return { packets, numbers, reported: pusher?.reported ?? 0 };
  },

  /** From now on, a report of each number goes there as soon as its packet is answered. Without a target: no more. */
  async reportTo(target: ReportTarget | undefined): Promise<void> {
    pusher?.close();
    pusher = target && (await ReportPusher.open(target));
  },

  /** When numbers arrived, in E.164, and forgets it. */
  arrivals(): Record<string, number> {
    const seen = Object.fromEntries(arrivals);
    arrivals.clear();
    return seen;
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
