import { Command, CommanderError } from 'commander';

import { readCliEnvironment } from '../config/cli-environment.js';
import { bulk, type BulkOptions } from './bulk.js';
import { CommandError } from './command-error.js';
import type { DoctorOptions } from './doctor/doctor.js';
import { addMessageOptions, addTextOptions, type MessageOptions } from './message-options.js';
import { type Output, STANDARD } from './output.js';
import { preview } from './preview.js';
import { RestClient } from './rest-client.js';
import { send, type SendOptions } from './send.js';
import { status } from './status.js';
import { findTarget, type TargetOptions } from './target.js';

/**
 * Runs a command line.
 * @param args as typed, without Node and the script
 * @returns the exit code: 0 done, 1 not done, 2 typed wrongly
 */
export async function runCommandLine(args: readonly string[], output: Output = STANDARD): Promise<number> {
  try {
    await program(output).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CommandError)) throw error;
    output.note(error.message);
    for (const hint of error.hints) output.note(`  ${hint}`);
    return 1;
  }
}

function program(output: Output): Command {
  const root = new Command('cloudsms')
    .description('Sends SMS through a CloudSMS gateway, and looks after it.')
    .exitOverride()
    .showHelpAfterError('(--help tells more)');
  addTarget(addMessageOptions(root.command('send')))
    .description('send a text to one or some numbers')
    .option('--idempotency-key <key>', 'repeats an earlier call safely; default: a new one')
    .option('--wait', 'wait for the outcome; fails unless all are delivered')
    .option('--timeout <seconds>', 'how long to wait', '120')
    .option('--json', 'print JSON')
    .action((options: SendOptions & TargetOptions) => withClient(options, (client) => send(client, options, output)));
  addTarget(addMessageOptions(root.command('preview')))
    .description('what a text would become and cost; sends nothing')
    .option('--json', 'print JSON')
    .action((options: MessageOptions & TargetOptions & { json?: boolean }) =>
      withClient(options, (client) => preview(client, options, output)),
    );
  addBulk(root, output);
  addTarget(root.command('status').argument('<id>', 'of a message, or of a submission'))
    .description('what became of a message, or of a submission')
    .option('--json', 'print JSON')
    .action((id: string, options: TargetOptions & { json?: boolean }) =>
      withClient(options, (client) => status(client, id, options.json === true, output)),
    );
  root
    .command('doctor')
    .description('looks at the installation on this machine; the report may be pasted into a ticket')
    .option('--callback-url <url>', 'our callback, as the provider has it registered (CLOUDSMS_CALLBACK_URL)')
    .option('--json', 'print JSON')
    .action(async (options: DoctorOptions) => {
      // It alone needs the program's schema, which takes a second to load.
      const { doctor } = await import('./doctor/doctor.js');
      await doctor(options, readCliEnvironment(), output);
    });
  return root;
}

function addBulk(root: Command, output: Output): void {
  addTarget(addTextOptions(root.command('bulk').argument('<file>', 'CSV with a column `to`, or NDJSON')))
    .description('send a file: a row a message, each with its own text if need be')
    .option('--name <name>', 'for people')
    .option('--dry-run', 'read, judge and price the file; send nothing')
    .option('--force', 'although the same file was sent before')
    .option('--no-start', 'load it, and wait to be started')
    .option('--to-column <name>', 'the column of the numbers; default: to')
    .option('--columns <variable:column,...>', 'variables whose columns have other names')
    .option('--delimiter <comma|semicolon|tab>', 'what separates the columns; default: a comma')
    .option('--format <csv|ndjson>', 'where the name of the file does not tell')
    .option('--charset <name>', 'utf-8 or utf-16')
    .option('--rejected <file>', 'where to write the rows that are not sent, with line and reason')
    .option('--idempotency-key <key>', 'goes on with an upload that broke off; default: a new one')
    .option('--no-wait', 'return once the file is taken in')
    .option('--json', 'print JSON')
    .action((file: string, options: BulkOptions & TargetOptions) =>
      withClient(options, (client) => bulk(client, file, options, output)),
    );
}

function addTarget(command: Command): Command {
  return command
    .option('--url <url>', 'the REST API (CLOUDSMS_API_URL); default: the sandbox that runs here')
    .option('--key <key>', 'API key; better in CLOUDSMS_API_KEY, since others can see what you type')
    .option('--ca <file>', 'authority of its certificate, PEM (CLOUDSMS_CA)')
    .exitOverride();
}

async function withClient(options: TargetOptions, work: (client: RestClient) => Promise<void>): Promise<void> {
  const client = new RestClient(findTarget(options));
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
