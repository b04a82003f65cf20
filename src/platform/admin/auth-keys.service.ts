import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { parseDuration } from '../../config/config.js';
import { Secrets } from '../../config/secrets.js';
import { CustomerAccount } from '../accounts/customer-account.entity.js';
import { FormerAuthKey } from '../accounts/former-auth-key.entity.js';
import { AccountNotFoundError, type AccountView, type AccountWithKeyView, withKey } from './account.view.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges, type ChangeTransaction } from './admin-changes.service.js';
import { newAuthKey } from './auth-key.js';

/** Revokes AUTH_KEYs and issues new ones. All processes know within a second (`DirectoryWatch`). */
@Injectable()
export class AuthKeysService {
  constructor(
    private readonly changes: AdminChanges,
    private readonly records: AccountRecords,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  /** Makes the account's AUTH_KEY, and those that it has replaced, worthless; a new one can be issued. */
  async revoke(call: AdminCall, name: string): Promise<AccountView> {
    await this.changes.make(call, { action: 'auth_key.revoke', account: name, details: {} }, async (transaction) => {
      const { id, revokedAt } = await accountOf(transaction, name);
      await transaction.manager.delete(FormerAuthKey, { accountId: id });
      if (revokedAt === null)
        await transaction.manager.update(CustomerAccount, id, { revokedAt: new Date(this.clock.now()) });
      return {};
    });
    return this.records.view(name);
  }

  /**
   * Issues a new AUTH_KEY; the present one stays good for the overlap, unless it is revoked.
   *
   * @param overlap `24h`; undefined: none
   */
  async reissue(call: AdminCall, name: string, overlap: string | undefined): Promise<AccountWithKeyView> {
    const authKey = newAuthKey();
    const change = { action: 'auth_key.reissue', account: name, details: { overlap: overlap ?? null } };
    const { replayed } = await this.changes.make(call, change, async (transaction) => {
      await this.replace(transaction, name, authKey, parseDuration(overlap ?? '0s') ?? 0);
      return {};
    });
    return withKey(await this.records.view(name), replayed ? null : authKey);
  }

  private async replace({ manager }: ChangeTransaction, name: string, authKey: string, overlap: number) {
    const account = await accountOf({ manager }, name, true);
    if (overlap > 0 && account.revokedAt === null) {
      await manager.insert(FormerAuthKey, {
        accountId: account.id,
        digest: account.authKeyDigest,
        validUntil: new Date(this.clock.now() + overlap),
      });
    } else {
      await manager.delete(FormerAuthKey, { accountId: account.id });
    }
    await manager.update(CustomerAccount, account.id, {
      authKeyDigest: this.secrets.digestKey(authKey),
      revokedAt: null,
    });
  }
}

async function accountOf({ manager }: Pick<ChangeTransaction, 'manager'>, name: string, withDigest = false) {
  const account = await manager.findOne(CustomerAccount, {
    where: { name },
    select: { id: true, revokedAt: true, authKeyDigest: withDigest },
  });
  if (account === null) throw new AccountNotFoundError();
  return account;
}
