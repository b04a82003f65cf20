import type { PreviewView } from '../messaging/answer.view.js';
import { messageBody, type MessageOptions } from './message-options.js';
import { moneyText, type Output, printJson, tableLines } from './output.js';
import type { RestClient } from './rest-client.js';

/**
 * Shows what a message would become and cost; sends nothing.
 * @throws CommandError
 */
export async function preview(
  client: RestClient,
  options: MessageOptions & { readonly json?: boolean },
  output: Output,
): Promise<void> {
  const json = messageBody(options);
  const view = await client.call<PreviewView>({ method: 'POST', path: '/v1/messages/preview', json });
  if (options.json === true) printJson(output, view);
  else show(view, output);
}

function show(
  { encoding, characters, segments, parts, cost, total, warnings, advice }: PreviewView,
  output: Output,
): void {
  output.line(`${characters} characters, ${encoding}, ${segments} ${segments === 1 ? 'segment' : 'segments'} an SMS`);
  parts.forEach((part, index) => output.line(`  ${index + 1}: ${part}`));
  const countries = cost.map(({ countryCode, messages, segments, price, cost }) => [
    `+${countryCode}`,
    `${messages} SMS`,
    `${segments} segments`,
    `at ${moneyText(price)}`,
    moneyText(cost),
  ]);
  for (const line of tableLines(countries)) output.line(line);
  output.line(`total ${moneyText(total)}`);
  for (const { character, codePoint, count, replacement } of advice.forcing) {
    const instead = replacement === null ? '' : `; ${JSON.stringify(replacement)} would do`;
    output.line(`dearer by ${JSON.stringify(character)} (${codePoint}), ${count} times${instead}`);
  }
  for (const { text } of advice.suggestions) output.line(`cheaper: ${text}`);
  for (const { text } of warnings) output.note(`warning: ${text}`);
}
