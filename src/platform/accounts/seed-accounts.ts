import type { SandboxAccount } from '../../config/sandbox-file.js';
import type { Secrets } from '../../config/secrets.js';
import type { Database } from '../../database/database.js';
import { underStartupLock } from '../../database/migrate.js';
import { RAISE_DIRECTORY_VERSION } from '../../database/statements/platform-directory.js';
import { createAccount } from './create-account.js';

/**
 * Creates the sandbox file's accounts that do not exist yet; those that do are left as they are (contract.md 6). Processes
 * that start together take turns.
 *
 * Prices hold from the real time on, which is never later than business time.
 */
export async function seedAccounts(
  database: Database,
  secrets: Secrets,
  accounts: readonly SandboxAccount[],
): Promise<void> {
  await underStartupLock(database.options.url, () =>
    database.transaction(async (transaction) => {
      await transaction.run(RAISE_DIRECTORY_VERSION, []);
      for (const account of accounts) {
        const authKey = account.authKey ?? secrets.sandboxAuthKey(account.name);
        await createAccount(transaction, account, secrets.digestKey(authKey), Date.now());
      }
    }),
  );
}
