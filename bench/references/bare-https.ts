import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';

import { serve } from '../support/program.js';
import type { TlsPaths } from '../support/tls.js';

const TABLE =
  'create table if not exists raw_report (id bigint generated always as identity primary key, uid text, raw text)';
const INSERT = { name: 'raw_report', text: 'insert into raw_report (uid, raw) values ($1, $2)' };
const CONNECTIONS = 8;

/** What becomes of a request's body: the text of the reply. */
type Handler = (body: string) => string | Promise<string>;

const echo: Handler = (body) => body;

/** Each report its own INSERT and its own commit, on a pool of connections. */
async function insertEach(databaseUrl: string): Promise<Handler> {
  const pool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  await pool.query(TABLE);
  return async (body) => {
    const { SMS_UID } = JSON.parse(body) as { SMS_UID: string };
    await pool.query({ ...INSERT, values: [SMS_UID, body] });
    return '{"METHOD":"SMS_PUSH_REPORT","TYPE":"ANSWER","SERIAL":1,"RESULT_CODE":1,"RESULT_DESC":"OK"}';
  };
}

const commands = {
  /**
   * A bare node:https server with mutual TLS on a free port: it echoes the body, or with a database stores it by an INSERT a
   * request. @returns its URL
   */
  async listen({ tls, databaseUrl }: { tls: TlsPaths; databaseUrl?: string }): Promise<string> {
    const handle = databaseUrl === undefined ? echo : await insertEach(databaseUrl);
    const read = (file: string): Buffer => fs.readFileSync(file);
    const server = https.createServer(
      { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          void Promise.resolve(handle(Buffer.concat(chunks).toString('utf8'))).then((text) => {
            response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
            response.end(text);
          });
        });
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/dr`;
  },
};

export type BareHttpsCommands = typeof commands;

serve(commands);
