import type { Request, Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { problem, ProblemException } from '../../rest/problem.js';
import { type Charset, charsetOf } from './reading/decode.js';
import { uploadBody } from './upload-body.js';

/**
 * Gives the body of a request to `work`, as it comes.
 * @throws ProblemException `unsupported_media_type` for a charset that is not read here
 */
export async function withUpload<Result>(
  request: Request,
  work: (body: Readable, charset: Charset) => Promise<Result>,
): Promise<Result> {
  const charset = charsetOf(request.headers['content-type']);
  if (charset === undefined || request.headers['content-encoding'] !== undefined)
    throw new ProblemException(problem(415, 'unsupported_media_type', 'Send UTF-8 or UTF-16, not compressed.'));
  const { body, close } = uploadBody(request);
  try {
    return await work(body, charset);
  } finally {
    close();
  }
}

/** Answers with a CSV file, read as it is sent. */
export async function download(response: Response, lines: AsyncIterable<string>, name: string): Promise<void> {
  response.type('text/csv; charset=utf-8').attachment(name);
  await pipeline(Readable.from(lines), response).catch(() => response.destroy());
}
