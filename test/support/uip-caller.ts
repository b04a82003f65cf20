import fs from 'node:fs';
import { Agent, request } from 'undici';

/** What a caller shows, and whom it trusts: PEM. */
export interface CallerTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The PEM files of `local.json`, read. */
export function readTls(files: {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}): Required<CallerTls> {
  const read = (file: string): string => fs.readFileSync(file, 'utf8');
  return { ca: read(files.ca), cert: read(files.cert), key: read(files.key) };
}

/** Posts a packet to a UIP listener, on a connection of its own; rejects when TLS or the network does. */
export async function postPacket(
  url: string,
  packet: object,
  tls: CallerTls,
): Promise<{ status: number; text: string }> {
  const agent = new Agent({ connect: { ...tls } });
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(packet),
    });
    return { status: statusCode, text: await body.text() };
  } finally {
    await agent.destroy();
  }
}
