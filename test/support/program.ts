import fs from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';

import type { Role } from '../../src/config/environment.js';
import type { Half } from '../../src/database/data-source.js';
import { GatewayClient } from '../../scripts/sandbox/gateway-client.js';
import { PlatformClient } from '../../scripts/sandbox/platform-client.js';
import {
  createDataDirectory,
  type Ended,
  type Launched,
  launchProgram,
  type Program,
  removeDataDirectory,
  runToEnd,
  startProgram as startBuiltProgram,
} from '../../scripts/sandbox/program.js';
import { stopAbandonedPostgres } from '../../src/database/embedded-postgres.js';
import { assertCleanBooks } from './audit.js';
import { createTestDatabase, type TestDatabase } from './databases.js';

/** How a spec wants its program. */
export interface TestProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: all. */
  readonly roles?: readonly Role[];
}

/** A running program with clients for its two HTTP APIs. */
export interface TestProgram extends Program {
  readonly gateway: GatewayClient;
  readonly platform: PlatformClient;
}

const main = path.resolve('dist/src/main.js');
/** Swept by the global set-up when a run is killed. */
const PREFIX = 'cloudsms-test-program-';
/** The account of the sandbox file that ships with the project. */
const SANDBOX_ACCOUNT = 'demo';

/**
 * Instances of the built program, each spec's own: a data directory, free ports, and by default databases on the run's
 * server, so that no spec pays for a server of its own.
 */
export class Programs {
  private readonly directories: string[] = [];
  private readonly databases: { readonly gateway: TestDatabase; readonly platform: TestDatabase }[] = [];
  private readonly running: Launched[] = [];
  /** Databases that a gateway ran on; without one, there are no books of ours to hold the platform's against. */
  private readonly gateways = new Set<string>();
  /** 202 bodies that clients got, by the URL of the gateway's database. */
  private readonly accepted = new Map<string, string[]>();
  private readonly clients: { close(): Promise<void> }[] = [];

  /** A new data directory, removed by `cleanUp`. */
  dataDirectory(): string {
    const directory = createDataDirectory(PREFIX);
    this.directories.push(directory);
    return directory;
  }

  /** Variables that name two new databases on the run's server, dropped by `cleanUp`. */
  async databaseVariables(): Promise<{ DATABASE_URL: string; PLATFORM_DATABASE_URL: string }> {
    const [gateway, platform] = [await createTestDatabase('gateway'), await createTestDatabase('platform')];
    this.databases.push({ gateway, platform });
    return { DATABASE_URL: gateway.url, PLATFORM_DATABASE_URL: platform.url };
  }

  /**
   * Starts the program and waits until it is ready.
   * @param dataDir default: a new one, with databases on the run's server; a given one brings the embedded server
   */
  async start({ env, roles }: TestProgramOptions = {}, dataDir?: string): Promise<TestProgram> {
    const databases = dataDir === undefined ? await this.databaseVariables() : {};
    const variables: Readonly<Record<string, string>> = {
      ...databases,
      ...(roles === undefined ? {} : { ROLES: roles.join(',') }),
      ...env,
    };
    if (roles?.join() !== 'platform') this.gateways.add(variables.DATABASE_URL ?? '');
    const program = await startBuiltProgram({ main, dataDir: dataDir ?? this.dataDirectory(), env: variables });
    const { local } = program;
    const started = {
      ...program,
      gateway: new GatewayClient(local.apiUrl, local.apiKey, this.keeper(variables.DATABASE_URL)),
      platform: new PlatformClient(local.platformAdminUrl, local.platformAdminKey),
    };
    this.running.push(started);
    this.clients.push(started.gateway, started.platform);
    return started;
  }

  /** Starts a process that tells scripts nothing: a worker alone. */
  background(env: Readonly<Record<string, string>>, dataDir: string): Launched {
    if (env.ROLES !== 'platform') this.gateways.add(env.DATABASE_URL ?? '');
    const launched = launchProgram({ main, dataDir, env });
    this.running.push(launched);
    return launched;
  }

  /** Starts the program where it should refuse, and waits for its end. */
  refusal(env: Readonly<Record<string, string>>, dataDir = this.dataDirectory()): Promise<Ended> {
    return runToEnd({ main, dataDir, env });
  }

  /**
   * Stops what runs, audits the books of databases on the run's server, and removes what was made.
   * @throws Error that lists what the auditor found, when all is removed
   */
  async cleanUp(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.close();
    for (const program of this.running.splice(0).toReversed()) await program.stop();
    try {
      for (const { gateway, platform } of this.databases.filter(({ gateway }) => this.gateways.has(gateway.url)))
        await auditHalves(gateway.url, platform.url, this.accepted.get(gateway.url));
    } finally {
      await this.remove();
    }
  }

  private keeper(database = ''): (body: string) => void {
    const kept = this.accepted.get(database) ?? [];
    this.accepted.set(database, kept);
    return (body) => kept.push(body);
  }

  private async remove(): Promise<void> {
    for (const { gateway, platform } of this.databases.splice(0)) {
      await gateway.drop();
      await platform.drop();
    }
    for (const directory of this.directories.splice(0)) {
      const server = path.join(directory, 'postgres');
      if (fs.existsSync(server)) await stopAbandonedPostgres(server);
      removeDataDirectory(directory);
    }
  }
}

/**
 * Audits the books of both halves of a sandbox, which hold all that was ever accepted. What is under way may differ, for the
 * two are not looked at in the same moment: nothing should be sent meanwhile.
 * @param acceptedTexts 202 bodies that clients got
 */
export async function auditHalves(
  gateway: string,
  platform: string,
  acceptedTexts: readonly string[] = [],
): Promise<void> {
  const isSandbox = await hasAccount(platform);
  await assertCleanBooks({
    gateway,
    acceptedTexts,
    ...(isSandbox ? { platform: { url: platform, account: SANDBOX_ACCOUNT }, complete: true } : {}),
  });
}

/** A database in the embedded server of a data directory, which outlives a killed program. */
export function embeddedDatabase(dataDir: string, half: Half): string {
  const read = (name: string): string => fs.readFileSync(path.join(dataDir, 'postgres', name), 'utf8');
  const port = read('cluster/postmaster.pid').split('\n')[3] ?? '';
  return `postgres://postgres:${encodeURIComponent(read('password').trim())}@127.0.0.1:${port}/${half}`;
}

/** A program without the role `platform` has none. */
async function hasAccount(platform: string): Promise<boolean> {
  const client = new Client({ connectionString: platform });
  await client.connect();
  try {
    return (await client.query('select from account where name = $1', [SANDBOX_ACCOUNT])).rows.length > 0;
  } finally {
    await client.end();
  }
}
