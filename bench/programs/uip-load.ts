import fs from 'node:fs';
import { Pool } from 'undici';

import { postRequest } from '../support/http-connection.js';
import { type LoadResult, runLoad } from '../support/load.js';
import { serve } from '../support/program.js';
import { benchText } from '../support/sandbox.js';
import type { TlsPaths } from '../support/tls.js';

const PACKET = 200;

/** Packets of 200 numbers, and where they go to. */
export interface UipRequests {
  readonly url: string;
  readonly authKey: string;
  readonly routeId: string;
  readonly packets: number;
  /** Country code and first digits of the numbers, which are filled up to eight. */
  readonly countryCode: number;
  readonly prefix: string;
}

let target = '';
let prepared: Buffer[] = [];

const read = (file: string): string => fs.readFileSync(file, 'utf8');
const materialOf = ({ ca, cert, key }: TlsPaths) => ({ ca: read(ca), cert: read(cert), key: read(key) });

const commands = {
  /** Makes packets ready; no number stands twice in one. */
  prepare({ url, authKey, routeId, packets, countryCode, prefix }: UipRequests): void {
    target = url;
    prepared = Array.from({ length: packets }, (_, packet) => {
      const numbers = Array.from({ length: PACKET }, (__, index) => ({
        COUNTRY_CODE: countryCode,
        DEST_MSISDN: prefix + String(packet * PACKET + index).padStart(8 - prefix.length, '0'),
      }));
      return postRequest(
        url,
        JSON.stringify({
          METHOD: 'SMS_SEND_REQUEST',
          TYPE: 'REQUEST',
          SERIAL: 1 + (packet % 128),
          AUTH_KEY: authKey,
          VERSION: '2021-01-01',
          MULTI_MSISDN_LIST: numbers,
          ROUTE_ID: routeId,
          SMS_CONTENT: benchText(),
          CUSTOMER_BODY: { packet },
        }),
      );
    });
  },

  /** Sends what is ready; every packet and every number must be taken. */
  run({ tls, connections }: { tls: TlsPaths; connections: number }): Promise<LoadResult> {
    return runLoad({
      target: { url: target, tls: materialOf(tls) },
      requests: prepared,
      connections,
      fault: ({ status, body }) =>
        status === 200 && body.toString('latin1').split('"RESULT_CODE":1,').length === PACKET + 2
          ? undefined
          : 'not taken',
    });
  },

  /** Posts reports as the platform would, by undici alone. @returns seconds */
  async pushAlone({ url, tls, connections, reports }: PushAlone): Promise<number> {
    const { origin, pathname: path } = new URL(url);
    const pool = new Pool(origin, { connections, connect: materialOf(tls) });
    const headers = { 'Content-Type': 'application/json' };
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < reports) {
        const { statusCode, body } = await pool.request({ path, method: 'POST', headers, body: reportBody(next++) });
        const answer = (await body.json()) as { RESULT_CODE: number };
        if (statusCode !== 200 || answer.RESULT_CODE !== 1) throw new Error('a report was not taken');
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: connections }, work));
    const seconds = (performance.now() - startedAt) / 1000;
    await pool.close();
    return seconds;
  },
};

interface PushAlone {
  readonly url: string;
  readonly tls: TlsPaths;
  readonly connections: number;
  readonly reports: number;
}

const reportBody = (index: number): string =>
  JSON.stringify({
    METHOD: 'SMS_PUSH_REPORT',
    TYPE: 'REQUEST',
    SERIAL: 1 + (index % 128),
    TIME: '2026-01-02 03:04:05',
    SMS_UID: index.toString(16).toUpperCase().padStart(32, '0'),
    SOURCE_MSISDN: 'CloudSMS',
    SMS_RESULT_LIST: [{ COUNTRY_CODE: 65, DEST_MSISDN: '81234567', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' }],
    REPORT_TIME: '2026-01-02 03:04:05',
    CUSTOMER_BODY: { packet: index },
  });

export type UipLoadCommands = typeof commands;

serve(commands);
