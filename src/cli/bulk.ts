import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import type { BulkView } from '../messaging/bulk/bulk.view.js';
import { CommandError } from './command-error.js';
import type { TextOptions } from './message-options.js';
import { moneyText, type Output, printJson, tableLines } from './output.js';
import { type Progress, startProgress } from './progress.js';
import { repeat } from './repeat.js';
import { RefusedError, type RestClient } from './rest-client.js';

/** Options of `cloudsms bulk`. */
export interface BulkOptions extends TextOptions {
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  /** `false`: load, and do not start. */
  readonly start: boolean;
  readonly toColumn?: string;
  readonly columns?: string;
  readonly delimiter?: string;
  readonly format?: string;
  readonly charset?: string;
  /** File for the rows that are not sent. */
  readonly rejected?: string;
  readonly idempotencyKey?: string;
  /** `false`: return once the file is taken in. */
  readonly wait: boolean;
  readonly json?: boolean;
}

const POLL = 1000;
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
};
/** Options that are query parameters of the same name. */
const PARAMETERS = [
  'name',
  'text',
  'template',
  'route',
  'from',
  'signature',
  'signatureType',
  'priority',
  'sendAt',
  'validUntil',
  'onDoubt',
  'dryRun',
  'force',
  'toColumn',
  'columns',
  'delimiter',
] as const;
/** What goes on by itself. */
const UNDER_WAY = new Set<BulkView['status']>(['loading', 'running', 'scheduled']);

/**
 * Sends a file of any length, as it is read, and waits until all its messages have left the queue. An upload that breaks off is
 * gone on with.
 * @throws CommandError refused, or over without having been sent
 */
export async function bulk(client: RestClient, file: string, options: BulkOptions, output: Output): Promise<void> {
  const size = sizeOf(file);
  const mediaType = mediaTypeOf(file, options);
  const key = options.idempotencyKey ?? randomUUID();
  const progress = startProgress(output);
  let view: BulkView;
  try {
    view = await repeat(() => upload(client, { file, size, mediaType, key }, options, progress), key);
    if (options.wait) view = await untilSent(client, view, progress);
  } finally {
    progress.finish();
  }
  if (options.rejected !== undefined) await saveRejected(client, view, options.rejected);
  if (options.json === true) printJson(output, view);
  else tell(view, options.rejected, output);
  if (view.status === 'failed' || view.status === 'cancelled' || view.reason !== null) {
    throw new CommandError(`Not sent: ${view.status}, ${view.reason ?? 'by somebody'}.`);
  }
}

interface Upload {
  readonly file: string;
  readonly size: number;
  readonly mediaType: string;
  readonly key: string;
}

async function upload(
  client: RestClient,
  { file, size, mediaType, key }: Upload,
  options: BulkOptions,
  progress: Progress,
) {
  let read = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      read += chunk.length;
      progress.update(read, size, 'uploading (bytes)');
      done(null, chunk);
    },
  });
  const source = fs.createReadStream(file);
  source.on('error', (error) => counted.destroy(error));
  try {
    return await client.call<BulkView>({
      method: 'POST',
      path: '/v1/bulk',
      query: queryOf(options),
      headers: { 'content-type': mediaType, 'idempotency-key': key },
      body: source.pipe(counted),
    });
  } catch (error) {
    const isDuplicate = error instanceof RefusedError && error.problem.code === 'bulk_duplicate';
    if (isDuplicate) throw new CommandError(error.message, ['--force sends it again'], { cause: error });
    throw error;
  } finally {
    source.destroy();
  }
}

function queryOf(options: BulkOptions): Record<string, string | boolean | undefined> {
  const named = PARAMETERS.map((name) => [name, options[name]]);
  return { ...Object.fromEntries(named), ...(options.start ? {} : { start: false }) };
}

async function untilSent(client: RestClient, first: BulkView, progress: Progress): Promise<BulkView> {
  for (let view = first; ; view = await client.call<BulkView>({ path: `/v1/bulk/${first.id}` })) {
    const { handedOver, perSecond, secondsLeft } = view.progress;
    const left = secondsLeft === null ? '' : `, ${secondsLeft} s left`;
    progress.update(handedOver, view.accepted, `${view.status}${perSecond === null ? '' : ` ${perSecond}/s`}${left}`);
    if (!UNDER_WAY.has(view.status)) return view;
    await delay(POLL);
  }
}

async function saveRejected(client: RestClient, { id }: BulkView, file: string): Promise<void> {
  fs.writeFileSync(file, await client.text({ path: `/v1/bulk/${id}/rejected` }));
}

function tell(view: BulkView, rejectedFile: string | undefined, output: Output): void {
  const { id, status, rows, accepted, rejected, cost, total, messages } = view;
  output.line(`bulk ${id}: ${status}`);
  output.line(`${rows} rows: ${accepted} accepted, ${rejected} rejected`);
  const countries = cost.map(({ countryCode, messages, segments, cost }) => [
    `+${countryCode}`,
    `${messages} SMS`,
    `${segments} segments`,
    moneyText(cost),
  ]);
  for (const line of tableLines(countries)) output.line(line);
  if (total !== null) output.line(`total ${moneyText(total)}`);
  const counts = Object.entries(messages).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]));
  if (counts.length > 0) output.line(counts.join(', '));
  if (rejected > 0 && rejectedFile === undefined)
    output.note(`the rejected rows, with line and reason: --rejected FILE, or GET /v1/bulk/${id}/rejected`);
}

function sizeOf(file: string): number {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) throw new CommandError(`${file} is no file.`);
  return stat.size;
}

function mediaTypeOf(file: string, { format, charset }: BulkOptions): string {
  const mediaType = MEDIA_TYPES[format ?? path.extname(file).slice(1).toLowerCase()];
  if (mediaType === undefined) {
    throw new CommandError(`Is ${path.basename(file)} CSV or NDJSON?`, ['Say so by --format csv or --format ndjson']);
  }
  return charset === undefined ? mediaType : `${mediaType}; charset=${charset}`;
}
