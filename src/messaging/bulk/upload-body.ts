import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';

import { ApplicationError } from '../../errors.js';
import type { Charset } from './reading/decode.js';

/** A file that comes in. */
export interface UploadedFile {
  readonly body: Readable;
  readonly format: 'csv' | 'ndjson';
  readonly charset: Charset;
}

/** A body that is read as it comes. */
export interface UploadBody {
  readonly body: Readable;
  /** Reads what is left and drops it, so that the answer gets through to whoever is still sending. */
  readonly close: () => void;
}

/**
 * The body of a request as a stream that can be given up without giving up the connection. It is read no faster than it is used. A
 * connection that ends before the body does is an error of the stream, never its end.
 */
export function uploadBody(request: IncomingMessage): UploadBody {
  const body = new PassThrough();
  const onClose = (): void => {
    if (!request.complete) body.destroy(new IncompleteBodyError());
  };
  request.once('close', onClose);
  request.once('error', onClose);
  request.pipe(body);
  return {
    body,
    close: () => {
      request.off('close', onClose);
      request.unpipe(body);
      body.destroy();
      request.resume();
    },
  };
}

class IncompleteBodyError extends ApplicationError {
  constructor() {
    super('malformed', 'incomplete_body', 'The body ended early.');
  }
}
