import type { Client } from 'pg';

import { parseAmount } from '../../src/billing/domain/money.js';
import type { ApiLoadCommands } from '../programs/api-load.js';
import type { StubCommands } from '../programs/uip-stub.js';
import { assertSame, type GatewayCounts, readCounts } from './counts.js';
import { type Environment, withClient } from './environment.js';
import { API_KEY, Gateway } from './gateway.js';
import { measure, type Sample } from './measure.js';
import { Program } from './program.js';
import { tlsPaths } from './tls.js';
import { until, untilEmpty } from './until.js';

/** Connections over which reports come back. */
const REPORTING = 32;

export interface CircleOptions {
  /** Of its database. */
  readonly name: string;
  /** Processes of each role; default 1. */
  readonly processes?: number;
  /** Whether every SMS is reported as delivered as soon as it was answered; else there is no callback. */
  readonly reports: boolean;
  /** Instead of a database of its own that is empty. */
  readonly databaseUrl?: string;
  readonly profile?: string;
}

/** What is sent in one measurement. */
export interface Traffic {
  readonly messages: number;
  /** Recipients a request. */
  readonly recipients: number;
  /** Connections of the load generators, all together. */
  readonly connections: number;
  /** Whether each request has a text of its own. */
  readonly unique?: boolean;
}

/** The gateway in full, between a load generator for each api process and a stub of the platform. */
export class Circle {
  /** What was there after the last measurement; nothing has come since. */
  private counted: GatewayCounts | undefined;

  private constructor(
    private readonly environment: Environment,
    readonly databaseUrl: string,
    readonly gateway: Gateway,
    readonly stub: Program<StubCommands>,
    private readonly loads: readonly Program<ApiLoadCommands>[],
    private readonly reports: boolean,
  ) {}

  static async start(environment: Environment, options: CircleOptions): Promise<Circle> {
    const { name, processes = 1, reports, profile } = options;
    const { certificates } = environment;
    const databaseUrl = options.databaseUrl ?? (await environment.createDatabase(name));
    const stub = Program.start<StubCommands>('programs/uip-stub');
    const uipUrl = await stub.call('listen', { tls: tlsPaths(certificates, certificates.platform) });
    const gateway = new Gateway(environment, { databaseUrl, uipUrl, profile });
    const each = Array.from({ length: processes });
    await gateway.start(
      ...each.flatMap(() => (reports ? (['api', 'worker', 'callback'] as const) : (['api', 'worker'] as const))),
    );
    if (reports) {
      const tls = tlsPaths(certificates, certificates.platformClient);
      await stub.call('reportTo', { urls: await gateway.urls('callback'), tls, connections: REPORTING });
    }
    const loads = each.map(() => Program.start<ApiLoadCommands>('programs/api-load'));
    return new Circle(environment, databaseUrl, gateway, stub, loads, reports);
  }

  /** Sends messages, waits until all that is known of them is stored, and checks that all counts agree. */
  async send(traffic: Traffic): Promise<Sample> {
    const { environment, gateway, stub } = this;
    await this.prepare(traffic);
    const before = await stub.call('counts', undefined);
    return withClient(this.databaseUrl, async (client) => {
      const earlier = this.counted ?? (await readCounts(client));
      const parties = { ...gateway.pids, postgres: environment.postgres.pid };
      const sample = await measure(environment.foreign, parties, async () => {
        const connections = Math.ceil(traffic.connections / this.loads.length);
        await Promise.all(this.loads.map((load) => load.call('run', { connections })));
        await this.untilDone(client, before.numbers + traffic.messages);
        return { units: traffic.messages };
      });
      const after = await stub.call('counts', undefined);
      assertSame('sent', { accepted: traffic.messages, sent: after.numbers - before.numbers });
      this.counted = await readCounts(client);
      this.check(this.counted, earlier, traffic.messages);
      return sample;
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.loads.map((load) => load.stop()), this.gateway.stop()]);
    await this.stub.stop();
  }

  private async prepare({ messages, recipients, unique }: Traffic): Promise<void> {
    const urls = await this.gateway.urls('api');
    const share = messages / this.loads.length;
    await Promise.all(
      this.loads.map((load, index) =>
        load.call('prepare', {
          apiUrl: urls[index % urls.length],
          apiKey: API_KEY,
          requests: share / recipients,
          recipients,
          first: index * share,
          unique,
        }),
      ),
    );
  }

  /** Waits until the platform has seen so many numbers, nothing is in the queue, and each report is applied. */
  private async untilDone(client: Client, numbers: number): Promise<void> {
    const what = this.reports ? 'reported' : 'numbers';
    await until('the gateway', async () => (await this.stub.call('counts', undefined))[what], numbers);
    await untilEmpty(client, ...(this.reports ? (['packet', 'report_queue'] as const) : (['packet'] as const)));
  }

  private check(after: GatewayCounts, before: GatewayCounts, messages: number): void {
    const more = (name: 'promised' | 'messages' | 'attempted' | 'uids' | 'submitted' | 'delivered'): number =>
      after[name] - before[name];
    assertSame('stored', {
      accepted: messages,
      promised: more('promised'),
      stored: more('messages'),
      attempted: more('attempted'),
      uids: more('uids'),
      ended: more(this.reports ? 'delivered' : 'submitted'),
    });
    if (this.reports) {
      const reported = after.reports - before.reports;
      const aggregated = after.aggregated - before.aggregated;
      assertSame('reported', { accepted: messages, reported, applied: more('delivered'), aggregated });
    }
    const { queued, doubts, waitingReports, alarms, drift } = after;
    const otherEntries = after.otherEntries - before.otherEntries;
    assertSame('left over', { expected: 0, queued, doubts, waitingReports, alarms, otherEntries, drift });
    const sum = (name: 'price' | 'held' | 'posted'): string =>
      `${parseAmount(after[name]) - parseAmount(before[name])}`;
    assertSame('money, in 10^-8', { price: sum('price'), held: sum('held'), posted: sum('posted') });
  }
}
