import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';

import type { Secrets } from '../config/secrets.js';
import { ApplicationError } from '../errors.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../uuid.js';
import { newApiKey, sandboxApiKey } from './api-key.js';
import { ApiKey } from './api-key.entity.js';
import { App } from './app.entity.js';
import { audit, auditEntryOf } from './audit-trail.js';
import { type AppPolicy, UNRESTRICTED } from './domain/app-policy.js';
import { APP_NAME, APP_NAME_RULE } from './app.dto.js';
import { type Scope, SCOPES } from './scope.js';

const SANDBOX = 'sandbox';

/** Apps and keys of the command line and of the sandbox, where there is no key yet that could ask for them by API. */
export class Provisioning {
  /** @param manager of a data source that is connected */
  constructor(
    private readonly manager: EntityManager,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Makes a key for an app, and the app where there is none of that name.
   * @returns the key, which can be shown this once only: its digest is what is stored
   * @throws ApplicationError `invalid_app_name` (malformed)
   */
  async createKey(app: string, name: string, scopes: readonly Scope[]): Promise<string> {
    if (!APP_NAME.test(app)) {
      throw new ApplicationError('malformed', 'invalid_app_name', `The name of an app ${APP_NAME_RULE}.`);
    }
    const key = newApiKey();
    await this.manager.transaction(async (manager) => {
      const { id: appId } = await appOf(manager, app, {});
      const id = uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES));
      await manager.insert(ApiKey, { id, appId, name, scopes: [...scopes], digest: this.secrets.digestKey(key) });
      const after = { appId, name, scopes };
      await audit(manager, auditEntryOf(undefined, { action: 'key.created', id, after }, Date.now()));
    });
    return key;
  }

  /** Makes the sandbox's own app and key, with all scopes and without limits. Idempotent. */
  async ensureSandbox(): Promise<void> {
    await this.manager.transaction(async (manager) => {
      const { id: appId } = await appOf(manager, SANDBOX, UNRESTRICTED);
      const digest = this.secrets.digestKey(sandboxApiKey(this.secrets));
      const id = uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES));
      const updated = await manager.update(ApiKey, { digest }, { scopes: [...SCOPES] });
      if (updated.affected === 0) {
        await manager.insert(ApiKey, { id, appId, name: SANDBOX, scopes: [...SCOPES], digest });
      }
    });
  }
}

/** The app of this name, made if there is none. */
async function appOf(manager: EntityManager, name: string, policy: Partial<AppPolicy>): Promise<App> {
  const found = await manager.findOneBy(App, { name });
  if (found !== null) return found;
  // Two may create the same app in the same moment.
  await manager
    .createQueryBuilder()
    .insert()
    .into(App)
    .values({ name, ...mutable(policy) })
    .orIgnore()
    .execute();
  return manager.findOneByOrFail(App, { name });
}

const mutable = (policy: Partial<AppPolicy>): Partial<App> => ({ ...policy }) as Partial<App>;
