import type { LocalFile } from './local-file.js';

/** A number whose simulated handset receives what is sent to it. */
const NUMBER = '+85267000011';

/** How to emphasise on a terminal; identity where the output is no terminal. */
interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const PLAIN: Style = { bold: (text) => text, dim: (text) => text };
const COLOURED: Style = {
  bold: (text) => `\u001B[1m${text}\u001B[22m`,
  dim: (text) => `\u001B[2m${text}\u001B[22m`,
};

/**
 * What a sandbox says when it is ready: where it listens, the key, and a request to paste.
 * @param coloured whether the output is a terminal that shows emphasis
 */
export function banner(local: LocalFile, coloured: boolean): string {
  const { bold, dim } = coloured ? COLOURED : PLAIN;
  const addresses = [
    ['REST API', local.apiUrl],
    ['Callback', local.callbackUrl],
    ['Platform', local.platformUrl],
    ['Admin API', local.platformAdminUrl],
    ['API key', local.apiUrl && local.apiKey],
  ].flatMap(([name = '', value]) => (value === undefined ? [] : [`  ${name.padEnd(10)} ${bold(value)}`]));
  const sections = [bold('CloudSMS sandbox is ready'), addresses.join('\n')];
  if (local.apiUrl !== undefined) {
    sections.push(`Send an SMS to a simulated handset:\n\n${sendRequest(local.apiUrl, local.apiKey)}`);
    sections.push(
      `Then see what became of it, by the id of one of its messages:\n\n${showRequest(local.apiUrl, local.apiKey)}`,
    );
  }
  return `\n${sections.join('\n\n')}\n\n${dim('Ctrl-C stops everything.')}\n\n`;
}

function sendRequest(apiUrl: string, apiKey: string): string {
  return [
    `  curl ${apiUrl}/v1/messages \\`,
    `    -H 'Authorization: Bearer ${apiKey}' \\`,
    `    -H 'Content-Type: application/json' \\`,
    `    -d '${JSON.stringify({ to: [NUMBER], text: 'Hello from CloudSMS' })}'`,
  ].join('\n');
}

function showRequest(apiUrl: string, apiKey: string): string {
  return `  curl ${apiUrl}/v1/messages/ID -H 'Authorization: Bearer ${apiKey}'`;
}
