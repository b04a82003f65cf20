import fs from 'node:fs';
import path from 'node:path';

/** What the command line finds in the environment of whoever uses it. */
export interface CliEnvironment {
  /** `CLOUDSMS_API_URL`: scheme, host and port of the REST API. */
  readonly apiUrl: string | undefined;
  /** `CLOUDSMS_API_KEY`. */
  readonly apiKey: string | undefined;
  /** `CLOUDSMS_CA`: file of authorities that the API's certificate must come from, where Node's own do not do. */
  readonly ca: string | undefined;
  /** `CLOUDSMS_CALLBACK_URL`: our callback, as the provider has it registered. */
  readonly callbackUrl: string | undefined;
  /** Absolute path of `DATA_DIR`. */
  readonly dataDir: string;
}

/** Reads it, and what `.env` in the working directory adds to it. */
export function readCliEnvironment(): CliEnvironment {
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  const given = (name: string): string | undefined => {
    const value = process.env[name];
    return value === '' ? undefined : value;
  };
  return {
    apiUrl: given('CLOUDSMS_API_URL'),
    apiKey: given('CLOUDSMS_API_KEY'),
    ca: given('CLOUDSMS_CA'),
    callbackUrl: given('CLOUDSMS_CALLBACK_URL'),
    dataDir: path.resolve(given('DATA_DIR') ?? '.data'),
  };
}
