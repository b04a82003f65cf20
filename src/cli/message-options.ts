import type { Command } from 'commander';

import { CommandError } from './command-error.js';

/** Options that tell a text, and how it is to be sent. */
export interface TextOptions {
  readonly text?: string;
  readonly template?: string;
  readonly route?: string;
  readonly from?: string;
  readonly signature?: string;
  readonly signatureType?: string;
  readonly priority?: string;
  readonly sendAt?: string;
  readonly validUntil?: string;
  readonly onDoubt?: string;
}

/** Options of commands that are about a message to a few numbers. */
export interface MessageOptions extends TextOptions {
  readonly to: readonly string[];
  /** `name=value`, of a template. */
  readonly variable: readonly string[];
}

const collect = (value: string, known: string[]): string[] => [...known, value];

/** Adds the options that tell a text, and how it is to be sent. */
export function addTextOptions(command: Command): Command {
  return command
    .option('--text <text>', 'the text')
    .option('--template <id>', 'id of a template, in place of a text')
    .option('--route <name>', 'route; default: the first')
    .option('--from <sender>', "sender ID; default: the provider account's")
    .option('--signature <text>', 'signature, without brackets')
    .option('--signature-type <1..5>', 'where the signature stands')
    .option('--priority <normal|high>', 'high goes first')
    .option('--send-at <time>', 'ISO 8601 with its zone')
    .option('--valid-until <time>', 'not sent any more after that')
    .option('--on-doubt <wait|resend>', 'what to do when the answer is never seen');
}

/** Adds the options of a message to a few numbers. */
export function addMessageOptions(command: Command): Command {
  return addTextOptions(
    command
      .requiredOption('--to <number>', 'a number such as +85267000011; may be repeated', collect, [])
      .option('--variable <name=value>', 'variable of the template; may be repeated', collect, []),
  );
}

/**
 * The body of `POST /v1/messages` that the options ask for.
 * @throws CommandError neither text nor template, or a variable without a value
 */
export function messageBody(options: MessageOptions): object {
  const { to, text, template, variable, signature, signatureType } = options;
  if ((text === undefined) === (template === undefined)) {
    throw new CommandError('What is to be sent?', ['Give either --text or --template']);
  }
  const { route, from, priority, sendAt, validUntil, onDoubt } = options;
  return {
    to,
    ...(text === undefined ? { template: { id: template, variables: variablesOf(variable) } } : { text }),
    ...(signature === undefined ? {} : { signature: { text: signature, ...typeOf(signatureType) } }),
    route,
    from,
    priority,
    sendAt,
    validUntil,
    onDoubt,
  };
}

const typeOf = (type: string | undefined): object => (type === undefined ? {} : { type: Number(type) });

function variablesOf(given: readonly string[]): Record<string, string> {
  const pairs = given.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at < 1) throw new CommandError(`--variable ${text} has no value.`, ['Write it as --variable code=123456']);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}
