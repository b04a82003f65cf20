import type { IncomingMessage } from 'node:http';

import { ApplicationError } from '../errors.js';
import { exceedsDepth } from '../uip/domain/json-depth.js';
import { bodyFault } from './problem.js';

/** Bytes of a JSON body at the most: 10,000 numbers as objects are about 412 KB. */
export const MAX_JSON_BYTES = 2 * 1024 * 1024;
const MAX_DEPTH = 32;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Whatever walks a body that is nested a million deep overflows the stack; nothing of ours needs more than a few levels.
 * @param text bytes or characters
 * @throws ApplicationError `invalid_json` (malformed)
 */
export function refuseDeepJson(text: string): void {
  if (!exceedsDepth(text, MAX_DEPTH)) return;
  throw new ApplicationError('malformed', 'invalid_json', `The body nests deeper than ${MAX_DEPTH} levels.`);
}

/** Express's JSON parser, as the APIs have it. */
export const JSON_PARSER = {
  limit: MAX_JSON_BYTES,
  type: ['application/json', 'application/*+json'],
  verify: (_request: unknown, _response: unknown, body: Buffer): void => refuseDeepJson(body.toString('latin1')),
};

/**
 * Whether a request has a JSON body of the usual kind: `application/json` in UTF-8, not compressed, of a length that it says and
 * that is not too much. What is not usual is for Express to read or to refuse.
 */
export function hasPlainJson({ headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length'] ?? 0);
  return (
    length > 0 &&
    length <= MAX_JSON_BYTES &&
    headers['content-encoding'] === undefined &&
    /^application\/json(; ?charset=utf-8)?$/i.test(headers['content-type'] ?? '')
  );
}

/**
 * Reads such a body, and gives what Express's parser would. Never ends when the caller goes away before the body does.
 * @throws ApplicationError, ProblemException `invalid_json`
 */
export async function readPlainJson(request: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => request.on('end', resolve));
  return parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
}

function parse(bytes: Buffer): object {
  const decoded = bytes.toString('utf8');
  const text = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
  refuseDeepJson(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's message quotes the body.
    throw bodyFault('entity.parse.failed');
  }
  if (typeof value !== 'object' || value === null) throw bodyFault('entity.parse.failed');
  return value;
}
