import fs from 'node:fs';
import path from 'node:path';

import { type Config, loadConfig } from './config.js';

/**
 * The configuration of this process: its environment, and what the file `.env` in the working directory adds to it (a
 * variable that is set already outranks the file).
 * @throws ConfigError with one line per fault
 */
export function loadProcessConfig(): Config {
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  return loadConfig(process.env, path.join(projectRoot(), 'sandbox.json'));
}

/** The directory that the project's package.json is in: sources and build lie at different depths below it. */
export function projectRoot(directory = import.meta.dirname): string {
  if (fs.existsSync(path.join(directory, 'package.json'))) return directory;
  const parent = path.dirname(directory);
  if (parent === directory) throw new Error('package.json is gone: the program runs from its checkout');
  return projectRoot(parent);
}
