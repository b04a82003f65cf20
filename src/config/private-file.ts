import { randomBytes } from 'node:crypto';
import fs from 'node:fs';

/**
 * Writes a whole file or nothing: a reader sees the old content or the new one, also after a crash. The file belongs to the
 * program's user and, unless `mode` says otherwise, only that user can read it.
 */
export function writePrivateFile(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const descriptor = fs.openSync(draft, 'wx', mode);
    try {
      fs.writeFileSync(descriptor, content);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(draft, file);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
}

/** The content of a file, or undefined when it does not exist. */
export function readIfExists(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
