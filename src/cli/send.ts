import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { SubmissionView } from '../messaging/answer.view.js';
import { isFinalStatus } from '../messaging/domain/message-status.js';
import type { MessageView } from '../messaging/message.view.js';
import { CommandError } from './command-error.js';
import { messageBody, type MessageOptions } from './message-options.js';
import { moneyText, type Output, printJson, tableLines } from './output.js';
import { repeat } from './repeat.js';
import type { Call, RestClient } from './rest-client.js';

/** Options of `cloudsms send`. */
export interface SendOptions extends MessageOptions {
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
  /** Seconds. */
  readonly timeout: string;
  readonly json?: boolean;
}

const POLL = 500;

/**
 * Sends, repeating the call under its idempotency key where no answer came, and waits for the outcome where that was asked for.
 * @throws CommandError refused, or nobody knows; with `--wait`, when not all were delivered in time
 */
export async function send(client: RestClient, options: SendOptions, output: Output): Promise<void> {
  const key = options.idempotencyKey ?? randomUUID();
  const json = messageBody(options);
  const call: Call = { method: 'POST', path: '/v1/messages', json, headers: { 'idempotency-key': key } };
  const submission = await repeat(() => client.call<SubmissionView>(call), key);
  if (options.wait !== true) {
    if (options.json === true) printJson(output, submission);
    else tell(submission, output);
    return;
  }
  if (options.json !== true) tell(submission, output);
  const seconds = Number(options.timeout);
  const messages = await untilFinal(client, submission, seconds);
  if (options.json === true) printJson(output, messages);
  else for (const line of tableLines(messages.map(outcomeRow))) output.line(line);
  const missing = messages.filter(({ status }) => status !== 'delivered').length;
  if (missing > 0) throw new CommandError(`${missing} of ${messages.length} not delivered within ${seconds} s.`);
}

/** One message a line: number, status, cost, id. */
export const outcomeRow = ({ to, status, reason, cost, id }: MessageView): string[] => [
  to ?? '(forgotten)',
  reason === null ? status : `${status} (${reason})`,
  moneyText(cost),
  id,
];

function tell({ id, encoding, segments, cost, warnings, messages }: SubmissionView, output: Output): void {
  output.line(`submission ${id}: ${messages.length} SMS of ${segments} × ${encoding}, ${moneyText(cost)}`);
  for (const line of tableLines(messages.map(({ to, status, id }) => [to, status, id]))) output.line(line);
  for (const { text } of warnings ?? []) output.note(`warning: ${text}`);
}

async function untilFinal(client: RestClient, { id }: SubmissionView, seconds: number): Promise<MessageView[]> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const messages = await messagesOf(client, id);
    if (messages.every(({ status }) => isFinalStatus(status)) || performance.now() > deadline) return messages;
    await delay(POLL);
  }
}

/** All messages of a submission, page by page. */
export async function messagesOf(client: RestClient, submissionId: string): Promise<MessageView[]> {
  const found: MessageView[] = [];
  for (let cursor: string | undefined; ;) {
    const query = { submissionId, limit: 1000, cursor };
    const page = await client.call<{ items: MessageView[]; nextCursor: string | null }>({
      path: '/v1/messages',
      query,
    });
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    cursor = page.nextCursor;
  }
}
