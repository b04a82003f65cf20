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
import { ForeignLoad } from './measure.js';

const PREFIX = 'cloudsms-bench-';
/** On a disk by convention, where the system's directory for temporary files may be in memory. */
const PLACES = ['/var/tmp', os.tmpdir()];

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

  /** @throws ApplicationError when PostgreSQL can't be started */
  static async create(): Promise<Environment> {
    const parent = PLACES.find((place) => fs.existsSync(place)) ?? os.tmpdir();
    await sweep(parent);
    const directory = fs.mkdtempSync(path.join(parent, PREFIX));
    const certificates = await ensureDevelopmentCertificates(path.join(directory, 'data', 'certificates'));
    const dataDir = path.join(directory, 'postgres');
    // Not a child of ours only: postgres runs as a user of its own and must be able to enter.
    fs.chmodSync(directory, 0o755);
    const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => process.stderr.write(`${line}\n`) });
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
