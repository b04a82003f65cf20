import { parseMessageId } from '../messaging/domain/message-id.js';
import type { MessageDetailsView } from '../messaging/message.view.js';
import { isUuidv7 } from '../uuid.js';
import { CommandError } from './command-error.js';
import { moneyText, type Output, printJson, tableLines } from './output.js';
import type { RestClient } from './rest-client.js';
import { messagesOf, outcomeRow } from './send.js';

/**
 * Shows a message with all that it went through, or all messages of a submission.
 * @throws CommandError
 */
export async function status(client: RestClient, id: string, asJson: boolean, output: Output): Promise<void> {
  if (parseMessageId(id) !== undefined) {
    const message = await client.call<MessageDetailsView>({ path: `/v1/messages/${id}` });
    if (asJson) printJson(output, message);
    else showMessage(message, output);
    return;
  }
  if (!isUuidv7(id)) throw new CommandError(`${id} is no id of a message or submission.`);
  const messages = await messagesOf(client, id);
  if (messages.length === 0) throw new CommandError('There is no such submission.');
  if (asJson) printJson(output, messages);
  else for (const line of tableLines(messages.map(outcomeRow))) output.line(line);
}

function showMessage(message: MessageDetailsView, output: Output): void {
  const { to, from, route, segments, encoding, cost, smsUid, reason, events } = message;
  const facts = [
    ['to', to ?? '(forgotten)'],
    ['status', reason === null ? message.status : `${message.status} (${reason})`],
    ['from', from ?? "(the provider account's)"],
    ['route', route],
    ['size', `${segments} × ${encoding}`],
    ['cost', moneyText(cost)],
    ['SMS_UID', smsUid ?? '-'],
  ];
  for (const line of tableLines(facts)) output.line(line);
  for (const { at, status, smsState, correction } of events) {
    const state =
      smsState === undefined ? '' : ` (SMS_STATE ${smsState}${correction === true ? ', a correction' : ''})`;
    output.line(`${at}  ${status}${state}`);
  }
}
