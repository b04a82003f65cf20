import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

import { serve } from '../support/program.js';
import type { TlsPaths } from '../support/tls.js';

let taken = 0;
let firstAt = Number.NaN;
let lastAt = Number.NaN;

const commands = {
  /** A customer's server, mutual TLS on a free port, that takes every report. @returns its URL */
  async listen({ tls }: { tls: TlsPaths }): Promise<string> {
    const read = (file: string): Buffer => fs.readFileSync(file);
    const server = https.createServer(
      { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { SERIAL } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { SERIAL: number };
          if (taken === 0) firstAt = performance.now();
          taken += 1;
          lastAt = performance.now();
          const text = `{"METHOD":"SMS_PUSH_REPORT","TYPE":"ANSWER","SERIAL":${SERIAL},"RESULT_CODE":1,"RESULT_DESC":"OK"}`;
          response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
          response.end(text);
        });
      },
    );
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://localhost:${(server.address() as AddressInfo).port}/dr`;
  },

  /** Starts counting anew. */
  reset(): void {
    taken = 0;
  },

  /** Reports taken since, and the seconds between the first and the last of them. */
  counts(): { taken: number; seconds: number } {
    return { taken, seconds: (lastAt - firstAt) / 1000 };
  },
};

export type ReportSinkCommands = typeof commands;

serve(commands);
