import { Injectable } from '@nestjs/common';
import { formatAmount } from '../../billing/domain/money.js';
import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import { Secrets } from '../../config/secrets.js';
import { HAS_LEDGER } from '../../database/statements/platform-accounts.js';
import { ApplicationError } from '../../errors.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { plainFingerprint } from '../../uip/peer-identity.js';
import { AccountPrice } from '../accounts/account-price.entity.js';
import { callbackUrlFault } from '../accounts/callback-url.js';
import { createAccount } from '../accounts/create-account.js';
import { CustomerAccount } from '../accounts/customer-account.entity.js';
import type { ChangeAccountDto, CreateAccountDto } from './account.dto.js';
import { type AccountView, type AccountWithKeyView, withKey } from './account.view.js';
import { accountOf } from './account-of.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges, type ChangeTransaction } from './admin-changes.service.js';
import { assertUnusedKey, newAuthKey } from './auth-key.js';
import { readAmount } from './price.dto.js';
import { priceRows } from './price-rows.js';

const DEFAULTS = { defaultSenderId: 'CloudSMS', ratePerSecond: 100, queueLimit: 100_000 };

/** Creates accounts and changes their settings. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly changes: AdminChanges,
    private readonly records: AccountRecords,
    private readonly secrets: Secrets,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates an account with all that the body names.
   * @throws ApplicationError `account_exists` (conflict), `auth_key_taken` (conflict), `currency_mismatch` (rule)
   */
  async create(call: AdminCall, body: CreateAccountDto): Promise<AccountWithKeyView> {
    this.checkCallbackUrl(body.callbackUrl ?? undefined);
    if (body.authKey !== undefined && !this.config.sandbox)
      throw new InvalidRequestError([{ field: 'authKey', rule: 'can be chosen in the sandbox only' }]);
    const authKey = body.authKey ?? newAuthKey();
    const change = { action: 'account.create', account: body.name, details: creationDetails(body) };
    const { replayed } = await this.changes.make(call, change, async (transaction) => {
      const digest = this.secrets.digestKey(authKey);
      await assertUnusedKey(transaction.manager, digest);
      const id = await this.store(transaction, body, digest);
      if (id === undefined)
        throw new ApplicationError('conflict', 'account_exists', 'There is an account of this name already.');
      return {};
    });
    return withKey(await this.records.view(body.name), replayed ? null : authKey);
  }

  /**
   * Changes what the body names of an account's settings.
   * @throws AccountNotFoundError, ApplicationError `currency_in_use` (conflict)
   */
  async change(call: AdminCall, name: string, body: ChangeAccountDto): Promise<AccountView> {
    if (body.callbackUrl !== undefined) this.checkCallbackUrl(body.callbackUrl ?? undefined);
    await this.changes.make(call, { action: 'account.change', account: name, details: body }, async (transaction) => {
      const account = await accountOf(transaction, name);
      if (body.currency !== undefined && body.currency !== account.currency)
        await assertNoMoney(transaction, account.id);
      const settings = {
        ...definedSettings(body),
        ...(body.currency !== undefined && { currency: body.currency }),
        ...(body.callbackUrl !== undefined && { callbackUrl: body.callbackUrl }),
      };
      if (Object.keys(settings).length > 0) await transaction.manager.update(CustomerAccount, account.id, settings);
      return {};
    });
    return this.records.view(name);
  }

  private checkCallbackUrl(url: string | undefined): void {
    const rule = callbackUrlFault(url, this.config.sandbox);
    if (rule !== undefined) throw new InvalidRequestError([{ field: 'callbackUrl', rule }]);
  }

  private async store(transaction: ChangeTransaction, body: CreateAccountDto, digest: Buffer) {
    const now = this.clock.now();
    const { name, currency, callbackUrl, prices = [] } = body;
    const id = await createAccount(
      transaction,
      {
        ...DEFAULTS,
        allowedAddresses: [],
        certificateFingerprints: [],
        ...definedSettings(body),
        name,
        currency,
        callbackUrl: callbackUrl ?? undefined,
        balance: formatAmount(readAmount('balance', body.balance ?? '0', currency).amount),
        routes: body.routes ?? [],
        prices: [],
        registrations: body.registrations ?? [],
        blacklist: body.blacklist ?? [],
      },
      digest,
      now,
    );
    if (id !== undefined && prices.length > 0)
      await transaction.manager.insert(AccountPrice, priceRows({ id, currency }, prices, now, 'prices'));
    return id;
  }
}

/** The settings that a body names; fingerprints in their plain form. */
function definedSettings(body: ChangeAccountDto | CreateAccountDto) {
  const { defaultSenderId, ratePerSecond, queueLimit, allowedAddresses, certificateFingerprints } = body;
  return {
    ...(defaultSenderId !== undefined && { defaultSenderId }),
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(queueLimit !== undefined && { queueLimit }),
    ...(allowedAddresses !== undefined && { allowedAddresses }),
    ...(certificateFingerprints !== undefined && {
      certificateFingerprints: certificateFingerprints.map(plainFingerprint),
    }),
  };
}

/** What the trail keeps of a new account: neither its AUTH_KEY nor numbers. */
function creationDetails(body: CreateAccountDto): object {
  const { authKey, blacklist = [], ...details } = body;
  return { ...details, authKeyChosen: authKey !== undefined, blacklisted: blacklist.length };
}

/** A price means nothing without its currency, and a line in the ledger is for ever. */
async function assertNoMoney(transaction: ChangeTransaction, accountId: number): Promise<void> {
  const [ledger] = await transaction.run(HAS_LEDGER, [accountId]);
  const found = ledger?.found ?? false;
  if (!found && !(await transaction.manager.existsBy(AccountPrice, { accountId }))) return;
  throw new ApplicationError(
    'conflict',
    'currency_in_use',
    'The currency of an account that has prices or lines in the ledger does not change.',
  );
}
