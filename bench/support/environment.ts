import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';

import {
  type DevelopmentCertificates,
  ensureDevelopmentCertificates,
} from '../../src/config/development-certificates.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
  stopAbandonedPostgres,
} from '../../src/database/embedded-postgres.js';
import { ensureDatabase } from '../../src/database/ensure-database.js';
import { startInstalledPostgres } from './installed-postgres.js';
import { ForeignLoad } from './measure.js';

const PREFIX = 'cloudsms-bench-';
/** On a disk by convention, where the system's directory for temporary files may be in memory. */
const PLACES = ['/var/tmp', os.tmpdir()];

/** Settings under which PostgreSQL counts what each statement costs (statements.ts). */
const STATEMENT_STATISTICS = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_planning': 'on',
};

export interface EnvironmentOptions {
  /** Directory in which everything is kept while the bench runs; undefined: on the disk that /var/tmp is on. */
  readonly place: string | undefined;
  /** Whether PostgreSQL counts what each statement costs, which costs something itself. */
  readonly watchStatements: boolean;
  /** Directory of an installed PostgreSQL's programs; undefined: the embedded one. */
  readonly programs: string | undefined;
}

/** What every row stands on: a PostgreSQL of the bench's own, certificates, a directory, and the watch on other programs. */
export class Environment {
  private closing: Promise<void> | undefined;

  private constructor(
    /** Working directory: logs of the gateway, its DATA_DIR. */
    readonly directory: string,
    readonly postgres: EmbeddedPostgres,
    readonly certificates: DevelopmentCertificates,
    readonly foreign: ForeignLoad,
  ) {}

  /**
   * @throws ApplicationError when PostgreSQL can't be started
   */
  static async create({ watchStatements, programs, place }: EnvironmentOptions): Promise<Environment> {
    const parent = place ?? PLACES.find((directory) => fs.existsSync(directory)) ?? os.tmpdir();
    await sweep(parent);
    const directory = fs.mkdtempSync(path.join(parent, PREFIX));
    const certificates = await ensureDevelopmentCertificates(path.join(directory, 'data', 'certificates'));
    const dataDir = path.join(directory, 'postgres');
    // Not a child of ours only: postgres runs as a user of its own and must be able to enter.
    fs.chmodSync(directory, 0o755);
    const settings = watchStatements ? STATEMENT_STATISTICS : {};
    const log = (line: string): void => console.error(line);
    const postgres =
      programs === undefined
        ? await startEmbeddedPostgres({ dataDir, settings, log })
        : await startInstalledPostgres(programs, dataDir, settings);
    const foreign = new ForeignLoad(os.availableParallelism(), () => [process.pid, postgres.pid]);
    return new Environment(directory, postgres, certificates, foreign);
  }

  /** A new database's URL. */
  async createDatabase(name: string): Promise<string> {
    return ensureDatabase(this.postgres.url('postgres'), name);
  }

  /** Settings of the server by name. */
  async settings(names: readonly string[]): Promise<Record<string, string>> {
    return withClient(this.postgres.url('postgres'), async (client) => {
      const { rows } = await client.query<{ name: string; setting: string }>(
        'select name, current_setting(name) as setting from unnest($1::text[]) as name',
        [names],
      );
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
    });
  }

  /** Stops PostgreSQL and removes everything. */
  close(): Promise<void> {
    this.closing ??= this.remove();
    return this.closing;
  }

  private async remove(): Promise<void> {
    await this.postgres.stop();
    for (const directory of [this.postgres.directory, this.directory])
      fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs work on a connection of its own. */
export async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Stops the servers of runs that were killed, and removes what they left. */
async function sweep(parent: string): Promise<void> {
  for (const name of fs.readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = path.join(parent, name);
    try {
      const abandoned = await stopAbandonedPostgres(path.join(directory, 'postgres'));
      if (abandoned) fs.rmSync(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or another run is at it.
    }
  }
}
