import { ApplicationError } from '../errors.js';
import type { Config } from './config.js';
import type { Secrets } from './secrets.js';

/**
 * The key of the platform's operators: `PLATFORM_ADMIN_KEY`, or in the sandbox one that is derived.
 * @throws ApplicationError when production has none; `loadConfig` refuses that before
 */
export function platformAdminKey(config: Config, secrets: Secrets): string {
  if (config.platform.adminKey !== undefined) return config.platform.adminKey;
  if (config.sandbox) return secrets.sandboxKey('platform admin');
  throw new ApplicationError('unavailable', 'admin_key_missing', 'PLATFORM_ADMIN_KEY is required in production');
}
