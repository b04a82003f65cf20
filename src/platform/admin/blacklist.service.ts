import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import type { SandboxBlacklistEntry as BlacklistDto } from '../../config/sandbox-file.js';
import { Secrets } from '../../config/secrets.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { BlacklistedNumber } from '../accounts/blacklisted-number.entity.js';
import { accountOf } from './account-of.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges } from './admin-changes.service.js';
import type { BlacklistView } from './blacklist.view.js';

const cursors = new Cursors<readonly [number, string]>(
  'blacklist',
  (position: Position): position is readonly [number, string] =>
    position.length === 2 && Number.isInteger(position[0]) && typeof position[1] === 'string',
);

const view = ({ countryCode, msisdn }: BlacklistView): BlacklistView => ({ countryCode, msisdn });

/** The numbers that an account may not send to. */
@Injectable()
export class BlacklistService {
  constructor(
    @InjectRepository(BlacklistedNumber) private readonly numbers: Repository<BlacklistedNumber>,
    private readonly records: AccountRecords,
    private readonly changes: AdminChanges,
    private readonly secrets: Secrets,
  ) {}

  /** Numbers in their order. @throws AccountNotFoundError */
  async list(name: string, { limit, cursor }: PageQuery): Promise<Page<BlacklistView>> {
    const { id: accountId } = await this.records.find(name);
    const [country, msisdn] = cursors.decode(cursor) ?? [0, ''];
    const rows = await this.numbers
      .createQueryBuilder('entry')
      .where('entry.accountId = :accountId', { accountId })
      .andWhere('(entry.countryCode, entry.msisdn) > (:country, :msisdn)', { country, msisdn })
      .orderBy({ 'entry.countryCode': 'ASC', 'entry.msisdn': 'ASC' })
      .take(limit + 1)
      .getMany();
    return cursors.page(rows, limit, (row) => [row.countryCode, row.msisdn], view);
  }

  /** Adds numbers; those that are there already stay. @throws AccountNotFoundError */
  async add(call: AdminCall, name: string, added: readonly BlacklistDto[]): Promise<{ items: BlacklistView[] }> {
    const change = { action: 'blacklist.add', account: name, details: { numbers: added.map(this.hashed) } };
    const { answer } = await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      const rows = added.map(({ countryCode, msisdn }) => ({ accountId, countryCode, msisdn }));
      await manager.createQueryBuilder().insert().into(BlacklistedNumber).values(rows).orIgnore().execute();
      return { items: added.map(view) };
    });
    return answer;
  }

  /** @throws AccountNotFoundError, ApplicationError `number_not_found` */
  async remove(call: AdminCall, name: string, number: BlacklistDto): Promise<void> {
    const { countryCode, msisdn } = number;
    const change = { action: 'blacklist.remove', account: name, details: this.hashed(number) };
    await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      const { affected } = await manager.delete(BlacklistedNumber, { accountId, countryCode, msisdn });
      if (affected === 0)
        throw new ApplicationError('not_found', 'number_not_found', 'This number is not in the blacklist.');
      return {};
    });
  }

  /** A number as the trail keeps it: it can be recognised, and not read. */
  private readonly hashed = ({ countryCode, msisdn }: BlacklistDto) => ({
    countryCode,
    numberHash: String(this.secrets.hashNumber(`${countryCode}${msisdn}`)),
  });
}
