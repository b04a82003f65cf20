import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ApplicationError } from '../errors.js';
import { withFileLock } from './file-lock.js';
import { readIfExists, writePrivateFile } from './private-file.js';

const keyBytes = 32;

/** Whether a text is a key that encrypts secrets at rest: exactly 32 bytes in canonical base64. */
export function isSecretsKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === keyBytes && bytes.toString('base64') === text;
}

/**
 * The sandbox's key for secrets at rest, 32 bytes in base64, kept in `<directory>/secrets.key` (mode 0600). It is made once;
 * programs that start together get the same one.
 *
 * @throws ApplicationError `secrets_key_unreadable` (unavailable): a damaged key is never replaced, since what it encrypts
 *   would be lost
 */
export async function ensureSecretsKey(directory: string): Promise<string> {
  const file = path.join(directory, 'secrets.key');
  const existing = readKey(file);
  if (existing !== undefined) return existing;
  fs.mkdirSync(directory, { recursive: true });
  return withFileLock(path.join(directory, 'secrets.lock'), async () => {
    const other = readKey(file);
    if (other !== undefined) return other;
    const made = randomBytes(keyBytes).toString('base64');
    writePrivateFile(file, `${made}\n`);
    return made;
  });
}

function readKey(file: string): string | undefined {
  const key = readIfExists(file)?.trim();
  if (key === undefined || isSecretsKey(key)) return key;
  throw new ApplicationError(
    'unavailable',
    'secrets_key_unreadable',
    `${file} does not hold 32 bytes in base64: restore it from a backup, or delete it together with the database.`,
  );
}
