import type { Request } from 'express';

import { ApplicationError } from '../errors.js';
import { problem, ProblemException } from './problem.js';

/**
 * Reads a body that is not JSON, whole.
 *
 * @param limit bytes at the most
 * @throws ProblemException `body_too_large`; ApplicationError `invalid_text`, `incomplete_body` (malformed)
 */
export async function readTextBody(request: Request, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit)
      throw new ProblemException(problem(413, 'body_too_large', `The body may have ${limit} bytes at the most.`));
    chunks.push(chunk);
  }
  if (!request.complete) throw new ApplicationError('malformed', 'incomplete_body', 'The body ended early.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new ApplicationError('malformed', 'invalid_text', 'The body is not UTF-8.', { cause: error });
  }
}
