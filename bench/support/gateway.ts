import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { sandboxApiKey } from '../../src/apps/api-key.js';
import { Secrets } from '../../src/config/secrets.js';
import type { Environment } from './environment.js';
import { residentBytes } from './processes.js';
import { SANDBOX } from './sandbox.js';

export type GatewayRole = 'api' | 'callback' | 'worker' | 'platform';

type AddressedRole = Exclude<GatewayRole, 'worker'>;
const ADDRESS = { api: 'apiUrl', callback: 'callbackUrl', platform: 'platformUrl' } as const;

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const SECRETS_KEY = Buffer.alloc(32, 'bench');
const START_TIME = 60_000;

/** What the gateway's secrets are derived from. */
export const SECRETS = new Secrets(SECRETS_KEY);

/** The key of the gateway's API client. */
export const API_KEY = sandboxApiKey(SECRETS);

export interface GatewayOptions {
  /** Of the gateway's database, or of the platform's where it is the platform that runs. */
  readonly databaseUrl: string;
  /** Where the worker sends to. */
  readonly uipUrl: string;
  /** Accounts, routes and prices to begin with; default: `SANDBOX`. */
  readonly sandbox?: object;
  /** Directory for V8's CPU profiles, written when a process stops. */
  readonly profile?: string;
}

/**
 * The product as it is shipped: one process a role, from the build, with nothing set but where things are. Its log goes to a
 * file, as it would in production.
 */
export class Gateway {
  private running: { readonly role: GatewayRole; readonly process: RoleProcess }[] = [];

  constructor(
    private readonly environment: Environment,
    private readonly options: GatewayOptions,
  ) {}

  /**
   * Starts processes of these roles, one for each time that a role is named; resolves when all are ready.
   * @throws Error with the log of one that is not
   */
  async start(...roles: readonly GatewayRole[]): Promise<void> {
    const started = roles.map((role) => ({ role, process: RoleProcess.start(role, this.environment, this.options) }));
    this.running.push(...started);
    await Promise.all(started.map(({ process }) => process.ready()));
  }

  /** Stops processes as an operator would, by SIGTERM; all of them by default. @throws Error when one does not end well */
  async stop(...roles: readonly GatewayRole[]): Promise<void> {
    const isMeant = ({ role }: { role: GatewayRole }): boolean => roles.length === 0 || roles.includes(role);
    const stopping = this.running.filter(isMeant);
    this.running = this.running.filter((one) => !isMeant(one));
    await Promise.all(stopping.map(({ process }) => process.stop()));
  }

  /** Of the first process with the role: `https://…/dr`, or scheme, host and port. */
  async url(role: AddressedRole): Promise<string> {
    const [url] = await this.urls(role);
    return url;
  }

  /** One a process with the role. */
  async urls(role: AddressedRole): Promise<string[]> {
    const processes = this.running.filter((one) => one.role === role).map(({ process }) => process);
    const lines = await Promise.all(processes.map((process) => process.ready()));
    const urls = lines.flatMap((line) => line[ADDRESS[role]] ?? []);
    if (urls.length === 0) throw new Error(`the role ${role} told no address`);
    return urls;
  }

  /** Process ids by role; a role's second process has a 2 behind its name. */
  get pids(): Record<string, number> {
    return Object.fromEntries(this.named.map(([name, { pid }]) => [name, pid]));
  }

  /** Resident bytes by role. */
  memory(): Record<string, number> {
    return Object.fromEntries(this.named.map(([name, { pid }]) => [name, residentBytes(pid)]));
  }

  private get named(): [string, RoleProcess][] {
    return this.running.map(({ role, process }, index) => {
      const earlier = this.running.slice(0, index).filter((one) => one.role === role).length;
      return [earlier === 0 ? role : `${role} ${earlier + 1}`, process];
    });
  }
}

/** What a process of ours says in its log once its roles run. */
interface ReadyLine {
  readonly msg: string;
  readonly apiUrl?: string;
  readonly callbackUrl?: string;
  readonly platformUrl?: string;
}

class RoleProcess {
  private readying: Promise<ReadyLine> | undefined;

  private constructor(
    private readonly role: GatewayRole,
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {}

  static start(role: GatewayRole, environment: Environment, options: GatewayOptions): RoleProcess {
    const { directory } = environment;
    const logFile = path.join(directory, `${role}-${randomUUID()}.log`);
    const log = fs.openSync(logFile, 'a');
    const profile = options.profile === undefined ? [] : profiling(options.profile, role);
    const child = spawn(process.execPath, ['--enable-source-maps', ...profile, MAIN], {
      // No .env of the checkout's is read there.
      cwd: directory,
      env: variables(role, directory, options),
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    return new RoleProcess(role, child, logFile);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  ready(): Promise<ReadyLine> {
    this.readying ??= this.waitUntilReady();
    return this.readying;
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.child.kill('SIGTERM');
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`the role ${this.role} ended with ${signal ?? code}:\n${this.lastLines()}`);
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async waitUntilReady(): Promise<ReadyLine> {
    const deadline = performance.now() + START_TIME;
    while (!this.hasEnded && performance.now() < deadline) {
      const line = fs.readFileSync(this.logFile, 'utf8').split('\n').find(isReady);
      if (line !== undefined) return JSON.parse(line) as ReadyLine;
      await delay(20);
    }
    throw new Error(`the role ${this.role} did not get ready:\n${this.lastLines()}`);
  }

  private lastLines(): string {
    return fs.readFileSync(this.logFile, 'utf8').split('\n').slice(-20).join('\n');
  }
}

const isReady = (line: string): boolean => line.endsWith('"msg":"ready"}');

const profiling = (directory: string, role: GatewayRole): string[] => [
  '--cpu-prof',
  `--cpu-prof-dir=${directory}`,
  `--cpu-prof-name=${role}-${randomUUID()}.cpuprofile`,
];

function variables(
  role: GatewayRole,
  directory: string,
  { databaseUrl, uipUrl, sandbox = SANDBOX }: GatewayOptions,
): NodeJS.ProcessEnv {
  const sandboxFile = path.join(directory, `${new URL(databaseUrl).pathname.slice(1)}-sandbox.json`);
  if (!fs.existsSync(sandboxFile)) fs.writeFileSync(sandboxFile, JSON.stringify(sandbox));
  return {
    PATH: process.env['PATH'],
    ROLES: role,
    DATA_DIR: path.join(directory, 'data'),
    [role === 'platform' ? 'PLATFORM_DATABASE_URL' : 'DATABASE_URL']: databaseUrl,
    SANDBOX_FILE: sandboxFile,
    SECRETS_KEY: SECRETS_KEY.toString('base64'),
    UIP_URL: uipUrl,
    API_PORT: '0',
    CALLBACK_PORT: '0',
    PLATFORM_PORT: '0',
    PLATFORM_ADMIN_PORT: '0',
  };
}
