import path from 'node:path';
import { parseArgs } from 'node:util';

import type { Config } from '../../src/config/config.js';
import { loadProcessConfig } from '../../src/config/process-config.js';
import type { Half } from '../../src/database/data-source.js';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { ensureDatabase } from '../../src/database/ensure-database.js';
import { ApplicationError } from '../../src/errors.js';
import { startErrorLines } from '../../src/roles/start-error.js';
import { type AuditOptions, runAudit } from './audit.js';
import { auditLines } from './print.js';

// Exit codes: 0 nothing was found, 1 something was, 2 the audit could not be made.
const USAGE = `usage: npm run audit -- [--platform-statement FILE]… [--platform-account NAME] [--complete]
    [--accepted FILE_OR_DIRECTORY]… [--answers FILE_OR_DIRECTORY]… [--limit N] [--json]
  --platform-statement  a month's statement of the platform (CSV)
  --platform-account    read the platform's own database (PLATFORM_DATABASE_URL, or the embedded one) instead
  --complete            those statements hold all that was ever accepted: totals must agree
  --accepted            202 bodies that a client kept: one in a .json file, one a line in any other
  --answers             ANSWERs as they came from the wire, likewise
  --limit               findings shown of each check (100)
  --json                machine-readable`;

const OPTIONS = {
  'platform-statement': { type: 'string', multiple: true },
  'platform-account': { type: 'string' },
  complete: { type: 'boolean', default: false },
  accepted: { type: 'string', multiple: true },
  answers: { type: 'string', multiple: true },
  limit: { type: 'string', default: '100' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function readArguments() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!/^\d{1,6}$/.test(values.limit)) throw new Error('limit');
    return values;
  } catch (error) {
    throw new ApplicationError('malformed', 'usage', USAGE, { cause: error });
  }
}

/** The databases as configured: those that are named, else those of the embedded server, which may be running. */
class Databases {
  private stopServer: () => Promise<void> = () => Promise.resolve();
  private embedded: ((half: Half) => Promise<string>) | undefined;

  constructor(private readonly config: Config) {}

  async url(half: Half): Promise<string> {
    const { config } = this;
    const named = half === 'gateway' ? config.gatewayDatabaseUrl : config.platformDatabaseUrl;
    if (named !== undefined) return named;
    if (!config.sandbox)
      throw new ApplicationError('unavailable', 'database_unset', `Name the database of the ${half}.`);
    this.embedded ??= await this.start();
    return this.embedded(half);
  }

  async close(): Promise<void> {
    await this.stopServer();
  }

  private async start(): Promise<(half: Half) => Promise<string>> {
    const server = await startEmbeddedPostgres({ dataDir: path.join(this.config.dataDir, 'postgres') });
    this.stopServer = () => server.stop();
    return (half) => ensureDatabase(server.url('postgres'), half);
  }
}

async function main(): Promise<void> {
  const wanted = readArguments();
  if (wanted.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const databases = new Databases(loadProcessConfig());
  try {
    const account = wanted['platform-account'];
    const options: AuditOptions = {
      gateway: await databases.url('gateway'),
      ...(account === undefined ? {} : { platform: { url: await databases.url('platform'), account } }),
      statements: wanted['platform-statement'],
      accepted: wanted.accepted,
      answers: wanted.answers,
      complete: wanted.complete,
      limit: Number(wanted.limit),
    };
    const result = await runAudit(options);
    process.stdout.write(wanted.json ? `${JSON.stringify(result, null, 2)}\n` : `${auditLines(result).join('\n')}\n`);
    process.exitCode = result.clean ? 0 : 1;
  } finally {
    await databases.close();
  }
}

try {
  await main();
} catch (error) {
  const lines = error instanceof ApplicationError && error.code === 'usage' ? [error.message] : startErrorLines(error);
  process.stderr.write(`${lines.join('\n').replace('the start failed', 'the audit failed')}\n`);
  process.exitCode = 2;
}
