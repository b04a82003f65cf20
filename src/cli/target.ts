import fs from 'node:fs';
import path from 'node:path';

import { type CliEnvironment, readCliEnvironment } from '../config/cli-environment.js';
import { readIfExists } from '../config/private-file.js';
import type { LocalFile } from '../roles/local-file.js';
import { CommandError } from './command-error.js';

/** Options that every command has which talks to the REST API. */
export interface TargetOptions {
  readonly url?: string;
  readonly key?: string;
  readonly ca?: string;
}

/** Where the REST API is, and who asks. */
export interface Target {
  /** Scheme, host and port. */
  readonly url: string;
  readonly key: string;
  /** Authorities, PEM; undefined: Node's own. */
  readonly ca: string | undefined;
}

/**
 * Where to, and with which key: options first, then the environment, then the sandbox that runs here. Its key is for its
 * address only.
 * @throws CommandError where one of the two is missing
 */
export function findTarget(options: TargetOptions, environment: CliEnvironment = readCliEnvironment()): Target {
  const local = readLocalFile(environment.dataDir);
  const url = options.url ?? environment.apiUrl ?? local?.apiUrl;
  if (url === undefined || !URL.canParse(url)) {
    throw new CommandError(url === undefined ? 'Where is the REST API?' : `${url} is no URL.`, [
      'Name it by --url or CLOUDSMS_API_URL, or start a sandbox here: npm start',
    ]);
  }
  const key = options.key ?? environment.apiKey ?? (url === local?.apiUrl ? local.apiKey : undefined);
  if (key === undefined) {
    throw new CommandError('Which API key?', ['Name it by CLOUDSMS_API_KEY or --key; npm run key:create makes one']);
  }
  const file = options.ca ?? environment.ca;
  return { url, key, ca: file === undefined ? undefined : readAuthorities(file) };
}

/** What a sandbox that runs here tells scripts; undefined where none does. */
export function readLocalFile(dataDir: string): LocalFile | undefined {
  try {
    const text = readIfExists(path.join(dataDir, 'local.json'));
    return text === undefined ? undefined : (JSON.parse(text) as LocalFile);
  } catch {
    // Somebody else's, or not whole: as if there were none.
    return undefined;
  }
}

function readAuthorities(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} can not be read.`, ['--ca and CLOUDSMS_CA name a PEM file'], { cause: error });
  }
}
