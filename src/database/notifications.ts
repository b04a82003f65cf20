import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Client, escapeIdentifier } from 'pg';
import type { Logger } from 'pino';

const RECONNECT_DELAY = 1000;

/**
 * Wake-up calls between processes: PostgreSQL's LISTEN on a connection of its own. A call carries no facts, it only says
 * "look": whoever listens also looks by himself from time to time, so a lost call costs a moment and nothing else.
 */
@Injectable()
export class Notifications implements OnApplicationShutdown {
  private readonly listeners = new Map<string, Set<() => void>>();
  private client: Client | undefined;
  private connecting: Promise<void> | undefined;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {}

  /** Calls `wake` whenever somebody notifies the channel, and after each reconnection, since calls may have been missed. */
  async listen(channel: string, wake: () => void): Promise<void> {
    const listeners = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, listeners.add(wake));
    this.connecting ??= this.connect();
    await this.connecting;
    await this.client?.query(`listen ${escapeIdentifier(channel)}`);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.reconnectTimer);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'cloudsms notifications',
      keepAlive: true,
    });
    client.on('notification', ({ channel }) => this.wake(channel));
    client.on('error', (error) => this.reconnect(error));
    client.on('end', () => this.reconnect(undefined));
    try {
      await client.connect();
      for (const channel of this.listeners.keys()) await client.query(`listen ${escapeIdentifier(channel)}`);
      this.client = client;
    } catch (error) {
      this.reconnect(error);
    }
  }

  private async connectAgain(): Promise<void> {
    await this.connect();
    if (this.client !== undefined) for (const channel of this.listeners.keys()) this.wake(channel);
  }

  private reconnect(error: unknown): void {
    if (this.closed || this.reconnectTimer !== undefined) return;
    if (error !== undefined) this.logger.warn({ err: error }, 'wake-up connection lost; polling until it is back');
    this.client = undefined;
    this.reconnectTimer = setTimeout(() => {
      this.reconnectTimer = undefined;
      this.connecting = this.connectAgain();
    }, RECONNECT_DELAY);
    this.reconnectTimer.unref();
  }

  private wake(channel: string): void {
    for (const listener of this.listeners.get(channel) ?? []) listener();
  }
}
