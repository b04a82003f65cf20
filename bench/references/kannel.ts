import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { ApiLoadCommands } from '../programs/api-load.js';
import type { Environment } from '../support/environment.js';
import { measure, type Sample } from '../support/measure.js';
import { Program } from '../support/program.js';
import { until } from '../support/until.js';
import type { KannelSinkCommands } from './kannel-sink.js';

const DIRECTORIES = (process.env['PATH'] ?? '').split(path.delimiter).concat('/usr/sbin', '/usr/local/sbin');
const PATIENCE = 20_000;
const CREDENTIALS = 'bench';

/** What the row says where Kannel is not installed. */
export const NO_KANNEL = 'Kannel is not installed here (no bearerbox): its references were left out';

function programPath(name: string): string | undefined {
  return DIRECTORIES.map((directory) => path.join(directory, name)).find((file) => fs.existsSync(file));
}

/** What Kannel is measured by. */
export interface KannelTraffic {
  readonly messages: number;
  readonly recipients: number;
  readonly connections: number;
  readonly unique?: boolean;
  /** Until when it is measured. Whatever comes later is waited for, and not counted. */
  readonly until: 'accepted' | 'sent' | 'reported';
}

/** Addresses of a running Kannel and of its sink. */
export interface KannelUrls {
  readonly sendUrl: string;
  readonly reportUrl: string;
}

/** Whether there is a Kannel to compare with. */
export function hasKannel(): boolean {
  return programPath('bearerbox') !== undefined && programPath('smsbox') !== undefined;
}

/** Ports that nobody listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Kannel as it is installed: bearerbox and smsbox with a store of files (which it never syncs) and its simulated SMSC, whose
 * other end and whose receiver of delivery reports are the sink, a program of the bench. No TLS anywhere.
 */
export class Kannel {
  private constructor(
    private readonly boxes: readonly ChildProcess[],
    private readonly sink: Program<KannelSinkCommands>,
    private readonly sendUrl: string,
    private readonly reportUrl: string,
  ) {}

  /** @param directory for its configuration, store and logs @throws Error when it does not get ready */
  static async start(directory: string): Promise<Kannel> {
    const home = fs.mkdtempSync(path.join(directory, 'kannel-'));
    const [admin, box, smsc, send] = await freePorts(4);
    const configuration = path.join(home, 'kannel.conf');
    fs.writeFileSync(configuration, configurationOf(home, { admin, box, smsc, send }));
    const boxes = [startBox('bearerbox', configuration)];
    await listening(box);
    boxes.push(startBox('smsbox', configuration));
    await listening(send);
    const sink = Program.start<KannelSinkCommands>('references/kannel-sink');
    const reportPort = await sink.call('listen', { smscPort: smsc });
    return new Kannel(
      boxes,
      sink,
      `http://127.0.0.1:${send}/cgi-bin/sendsms`,
      `http://127.0.0.1:${reportPort}/report?state=%d&to=%p`,
    );
  }

  /** Process ids by program. */
  private get pids(): { bearerbox: number; smsbox: number } {
    const [bearerbox, smsbox] = this.boxes.map(({ pid }) => pid ?? 0);
    return { bearerbox, smsbox };
  }

  /** One measurement. @param load sends the requests */
  async measure(
    environment: Environment,
    load: Program<ApiLoadCommands>,
    { messages, recipients, connections, unique, until: last }: KannelTraffic,
  ): Promise<Sample> {
    const report = last === 'reported';
    const requests = messages / recipients;
    const { sendUrl, reportUrl } = this;
    await load.call('prepareKannel', { urls: { sendUrl, reportUrl }, report, requests, recipients, unique });
    const before = await this.counts();
    const parties = { ...this.pids, postgres: environment.postgres.pid };
    const sample = await measure(environment.foreign, parties, async () => {
      const { seconds, latency } = await load.call('run', { connections });
      if (last === 'accepted') return { units: messages, seconds, latency };
      await this.until(last, before[last] + messages);
      return { units: messages, latency };
    });
    await this.until('sent', before.sent + messages);
    return sample;
  }

  /** SMS that reached the SMSC so far, and reports that came back. */
  private counts(): Promise<{ sent: number; reported: number }> {
    return this.sink.call('counts', undefined);
  }

  private until(what: 'sent' | 'reported', count: number): Promise<void> {
    return until(`Kannel, ${what}`, async () => (await this.counts())[what], count);
  }

  async stop(): Promise<void> {
    await this.sink.stop();
    for (const box of this.boxes.toReversed()) {
      if (box.exitCode !== null || box.signalCode !== null) continue;
      const ended = once(box, 'exit');
      // Its orderly end waits for traffic that never comes; there is nothing to keep.
      box.kill('SIGKILL');
      await ended;
    }
  }
}

/** A whole request that sends a text to some numbers; with `report`, a report of each is asked for. */
export function kannelRequest(
  { sendUrl, reportUrl }: KannelUrls,
  { to, text, report }: { to: readonly string[]; text: string; report: boolean },
): Buffer {
  const url = new URL(sendUrl);
  url.search = new URLSearchParams({
    username: CREDENTIALS,
    password: CREDENTIALS,
    from: 'CloudSMS',
    to: to.join(' '),
    text,
    ...(report ? { 'dlr-mask': '3', 'dlr-url': reportUrl } : {}),
  }).toString();
  return Buffer.from(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: keep-alive\r\n\r\n`,
  );
}

function startBox(name: string, configuration: string): ChildProcess {
  // -v 4: errors alone, or it writes a line of standard error a message.
  return spawn(programPath(name) ?? name, ['-v', '4', configuration], { stdio: 'ignore' });
}

async function listening(port: number): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(() => false),
    ]);
    socket.destroy();
    if (open) return;
    if (performance.now() > deadline) throw new Error(`Kannel does not listen on port ${port}`);
    await delay(50);
  }
}

const configurationOf = (
  home: string,
  ports: Readonly<Record<'admin' | 'box' | 'smsc' | 'send', number>>,
): string => `group = core
admin-port = ${ports.admin}
admin-password = ${CREDENTIALS}
smsbox-port = ${ports.box}
box-allow-ip = "127.0.0.1"
log-level = 4
log-file = "${home}/bearerbox.log"
store-type = file
store-location = "${home}/store"
dlr-storage = internal
sms-incoming-queue-limit = 1000000
sms-outgoing-queue-limit = 1000000

group = smsc
smsc = fake
smsc-id = bench
host = 127.0.0.1
port = ${ports.smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${ports.send}
log-level = 4
log-file = "${home}/smsbox.log"

group = sendsms-user
username = ${CREDENTIALS}
password = ${CREDENTIALS}
max-messages = 10
concatenation = true
`;
