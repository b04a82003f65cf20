import { readSandboxFile } from '../config/sandbox-file.js';
import { ApplicationError } from '../errors.js';
import type { UipTarget } from '../messaging/dispatch/uip-target.js';
import type { Runtime } from '../runtime.js';

/**
 * Where the gateway sends to, and as whom: `UIP_URL` and `UIP_AUTH_KEY`; in the sandbox by default the platform of this
 * process (or the one at its usual place on this machine), as the sandbox file's first account.
 *
 * @throws ConfigError, ApplicationError in one line that says what to do
 */
export function uipTargetOf({ config, secrets, addresses }: Runtime): UipTarget {
  const url = config.uip.url ?? addresses.platformUrl ?? `https://localhost:${config.platform.port}/dave/io`;
  if (config.uip.authKey !== undefined) return { url, authKey: config.uip.authKey };
  const [account] = config.sandbox ? readSandboxFile(config.sandboxFile).accounts : [];
  if (account === undefined) {
    throw new ApplicationError(
      'unavailable',
      'auth_key_missing',
      'UIP_AUTH_KEY is not set, and no account of a sandbox file stands in for it: set it',
    );
  }
  return { url, authKey: account.authKey ?? secrets.sandboxAuthKey(account.name) };
}
