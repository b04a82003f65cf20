import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

import { serve } from '../support/program.js';

const LINE_END = 0x0a;

let sent = 0;
let reported = 0;

const commands = {
  /**
   * The other end of Kannel's simulated SMSC, which sends a line an SMS, and the receiver of its delivery reports.
   * @returns the port that reports go to
   */
  async listen({ smscPort }: { smscPort: number }): Promise<number> {
    const smsc = net.connect(smscPort, '127.0.0.1');
    await once(smsc, 'connect');
    smsc.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) sent += 1;
    });
    const server = http.createServer((_, response) => {
      reported += 1;
      response.end();
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },

  /** SMS that reached the SMSC, and reports that came back. */
  counts(): { sent: number; reported: number } {
    return { sent, reported };
  },
};

export type KannelSinkCommands = typeof commands;

serve(commands);
