import fs from 'node:fs';
import path from 'node:path';

import type { Role } from '../../src/config/environment.js';
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

/**
 * Instances of the built program, each spec's own: a data directory, free ports, and by default databases on the run's
 * server, so that no spec pays for a server of its own.
 */
export class Programs {
  private readonly directories: string[] = [];
  private readonly databases: TestDatabase[] = [];
  private readonly running: Launched[] = [];
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
    this.databases.push(gateway, platform);
    return { DATABASE_URL: gateway.url, PLATFORM_DATABASE_URL: platform.url };
  }

  /**
   * Starts the program and waits until it is ready.
   * @param dataDir default: a new one, with databases on the run's server; a given one brings the embedded server
   */
  async start({ env, roles }: TestProgramOptions = {}, dataDir?: string): Promise<TestProgram> {
    const databases = dataDir === undefined ? await this.databaseVariables() : {};
    const program = await startBuiltProgram({
      main,
      dataDir: dataDir ?? this.dataDirectory(),
      env: { ...databases, ...(roles === undefined ? {} : { ROLES: roles.join(',') }), ...env },
    });
    const { local } = program;
    const started = {
      ...program,
      gateway: new GatewayClient(local.apiUrl, local.apiKey),
      platform: new PlatformClient(local.platformAdminUrl, local.platformAdminKey),
    };
    this.running.push(started);
    this.clients.push(started.gateway, started.platform);
    return started;
  }

  /** Starts a process that tells scripts nothing: a worker alone. */
  background(env: Readonly<Record<string, string>>, dataDir: string): Launched {
    const launched = launchProgram({ main, dataDir, env });
    this.running.push(launched);
    return launched;
  }

  /** Starts the program where it should refuse, and waits for its end. */
  refusal(env: Readonly<Record<string, string>>, dataDir = this.dataDirectory()): Promise<Ended> {
    return runToEnd({ main, dataDir, env });
  }

  /** Stops what runs and removes what was made. */
  async cleanUp(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.close();
    for (const program of this.running.splice(0).toReversed()) await program.stop();
    for (const database of this.databases.splice(0)) await database.drop();
    for (const directory of this.directories.splice(0)) {
      const server = path.join(directory, 'postgres');
      if (fs.existsSync(server)) await stopAbandonedPostgres(server);
      removeDataDirectory(directory);
    }
  }
}
