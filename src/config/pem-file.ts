import fs from 'node:fs';

import { ApplicationError } from '../errors.js';

/**
 * Reads a certificate, key or authority.
 * @param variable the environment variable that names the file
 * @throws ApplicationError (unavailable) in one line that says what to do
 */
export function readPemFile(file: string | undefined, variable: string): Buffer {
  if (file === undefined) {
    throw new ApplicationError('unavailable', 'tls_missing', `${variable} is not set: name a PEM file`);
  }
  try {
    return fs.readFileSync(file);
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new ApplicationError('unavailable', 'tls_unreadable', `${variable}: ${file} can not be read (${code})`, {
      cause: error,
    });
  }
}
