import { Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';

import { isCurrency } from '../../billing/domain/currency.js';
import { parseAmount } from '../../billing/domain/money.js';
import { Clock } from '../../clock/clock.js';
import { Secrets } from '../../config/secrets.js';
import { Database } from '../../database/database.js';
import { type AccountRow, READ_DIRECTORY } from '../../database/statements/platform-directory.js';
import { AddressList } from '../../uip/address-list.js';
import { plainFingerprint } from '../../uip/peer-identity.js';
import { type Account, blacklistKey, type DatedPrice } from '../domain/account.js';
import { DirectoryWatch } from './directory-watch.js';

/** An AUTH_KEY of an account. */
interface Entry {
  readonly digest: Buffer;
  readonly account: Account;
  /** Business time, ms; undefined: it is the account's present key. */
  readonly validUntil?: number;
}

/** All accounts, in memory, as `DirectoryWatch` last saw them. */
@Injectable()
export class AccountDirectory {
  private byDigest = new Map<string, Entry>();
  private byNumber = new Map<number, Account>();
  private addresses = new AddressList([]);

  constructor(
    private readonly database: Database,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
    watch: DirectoryWatch,
  ) {
    watch.onChange(() => this.read());
  }

  /** The account of an AUTH_KEY; `undefined` for one that is unknown, revoked, or replaced for longer than its overlap. */
  byAuthKey(authKey: string): Account | undefined {
    const digest = this.secrets.digestKey(authKey);
    const entry = this.byDigest.get(digest.toString('base64'));
    if (entry === undefined || !timingSafeEqual(entry.digest, digest) || entry.account.revoked) return undefined;
    return entry.validUntil !== undefined && entry.validUntil <= this.clock.now() ? undefined : entry.account;
  }

  byId(id: number): Account | undefined {
    return this.byNumber.get(id);
  }

  all(): Iterable<Account> {
    return this.byNumber.values();
  }

  /** Whether an address is in any account's list: from others nothing is read (protocol.md 1). */
  readonly admits = (address: string): boolean => this.addresses.includes(address);

  private async read(): Promise<void> {
    const rows = await this.database.run(READ_DIRECTORY, []);
    const accounts = rows.map(toAccount);
    const entries = rows.flatMap((row, index) => keysOf(row, accounts[index]));
    this.byDigest = new Map(entries.map((entry) => [entry.digest.toString('base64'), entry]));
    this.byNumber = new Map(accounts.map((account) => [account.id, account]));
    // A revoked account's too: its client is told that its AUTH_KEY is not good any more, and not that nobody knows it.
    this.addresses = new AddressList(rows.flatMap((row) => row.allowed_addresses));
  }
}

function keysOf(row: AccountRow, account: Account): Entry[] {
  const former = row.former_keys.map(({ digest, validUntil }) => ({
    digest: Buffer.from(digest, 'base64'),
    account,
    validUntil,
  }));
  return [...former, { digest: row.auth_key_digest, account }];
}

function toAccount(row: AccountRow): Account {
  if (!isCurrency(row.currency)) throw new Error(`account ${row.name} has an unknown currency`);
  return {
    id: row.id,
    name: row.name,
    currency: row.currency,
    defaultSenderId: row.default_sender_id,
    ratePerSecond: row.rate_per_second,
    queueLimit: row.queue_limit,
    allowedAddresses: new AddressList(row.allowed_addresses),
    certificateFingerprints: new Set(row.certificate_fingerprints.map(plainFingerprint)),
    callbackUrl: row.callback_url ?? undefined,
    revoked: row.revoked,
    routes: new Map(row.routes.map(({ id, name, countries }) => [name, { id, countries: new Set(countries) }])),
    prices: pricesOf(row),
    registrations: row.registrations.map(({ country, signature, senderId, content }) => ({
      countryCode: country,
      signature: signature ?? undefined,
      senderId: senderId ?? undefined,
      content: content ?? undefined,
    })),
    blacklist: new Set(row.blacklist.map(({ country, msisdn }) => blacklistKey(country, msisdn))),
  };
}

/** The rows come newest first. */
function pricesOf(row: AccountRow): Map<number, DatedPrice[]> {
  const prices = new Map<number, DatedPrice[]>();
  for (const { id, country, perSegment, validFrom } of row.prices) {
    const price = perSegment === null ? undefined : { id, perSegment: parseAmount(perSegment) };
    const versions = prices.get(country);
    if (versions === undefined) prices.set(country, [{ validFrom, price }]);
    else versions.push({ validFrom, price });
  }
  return prices;
}
