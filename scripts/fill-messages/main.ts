// Fills the sandbox's database with messages of the past: what figures, plans and screens look like with a history.
import { SingleBar } from 'cli-progress';
import { parseArgs } from 'node:util';

import { loadProcessConfig } from '../../src/config/process-config.js';
import { ApplicationError } from '../../src/errors.js';
import { createLogger } from '../../src/observability/logger.js';
import { openDatabases } from '../../src/roles/databases.js';
import { loadSecrets } from '../../src/roles/prepare.js';
import { startErrorLines } from '../../src/roles/start-error.js';
import { FILL_DEFAULTS, fillMessages } from './fill.js';

const USAGE = 'usage: npm run fill -- [--messages 100000] [--days 100] [--seed 1] [--recipients 20] [--no-reports]';
const DAY = 86_400_000;

function readArguments(args: string[]) {
  const number = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        messages: number,
        days: number,
        seed: number,
        recipients: number,
        reports: { type: 'boolean', default: true },
      },
    });
    const { messages, days, seed, recipients } = FILL_DEFAULTS;
    return {
      messages: positive(values.messages, messages, 1e9),
      days: positive(values.days, days, 3650),
      seed: positive(values.seed, seed, 1e9),
      recipients: positive(values.recipients, recipients, 10_000),
      reports: values.reports,
    };
  } catch (error) {
    throw new ApplicationError('malformed', 'usage', USAGE, { cause: error });
  }
}

function positive(text: string | undefined, standard: number, most: number): number {
  const number = text === undefined ? standard : Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new RangeError(`${text} is not from 1 to ${most}`);
  return number;
}

async function fill(): Promise<void> {
  const wanted = readArguments(process.argv.slice(2));
  const config = loadProcessConfig();
  // Made-up messages among real ones could never be told from them again.
  if (!config.sandbox) throw new ApplicationError('forbidden', 'usage', 'only a sandbox is filled, never production');
  const secrets = await loadSecrets(config);
  const databases = await openDatabases(config, new Set(['gateway'] as const), createLogger('silent'));
  const bar = new SingleBar({ format: '{bar} {value} of {total} days, {duration_formatted}', hideCursor: true });
  try {
    // Yesterday is the last day, so that the same command gives the same messages all day.
    const until = Math.floor(Date.now() / DAY) * DAY;
    bar.start(wanted.days, 0);
    const url = databases.urls.gateway ?? '';
    await fillMessages({ ...FILL_DEFAULTS, ...wanted, url, secrets, until, onDay: (day) => bar.update(day) });
  } finally {
    bar.stop();
    await databases.close();
  }
}

try {
  await fill();
} catch (error) {
  process.stderr.write(`${startErrorLines(error).join('\n')}\n`);
  process.exitCode = 1;
}
