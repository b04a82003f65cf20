import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, type Repository } from 'typeorm';

import type { SandboxRegistration as RegistrationDto } from '../../config/sandbox-file.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { AccountRegistration } from '../accounts/account-registration.entity.js';
import { accountOf } from './account-of.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges } from './admin-changes.service.js';
import type { RegistrationView } from './registration.view.js';

const cursors = new Cursors<readonly [number]>(
  'registrations',
  (position: Position): position is readonly [number] => position.length === 1 && Number.isInteger(position[0]),
);

const view = ({ id, countryCode, signature, senderId, content }: AccountRegistration): RegistrationView => ({
  id,
  countryCode,
  signature,
  senderId,
  content,
});

const columnsOf = ({ countryCode, signature, senderId, content }: RegistrationDto) => ({
  countryCode,
  signature: signature ?? null,
  senderId: senderId ?? null,
  content: content ?? null,
});

/** Signatures, sender IDs and content patterns that are registered for an account. */
@Injectable()
export class RegistrationsService {
  constructor(
    @InjectRepository(AccountRegistration) private readonly registrations: Repository<AccountRegistration>,
    private readonly records: AccountRecords,
    private readonly changes: AdminChanges,
  ) {}

  /** Registrations in the order in which they were made. @throws AccountNotFoundError */
  async list(name: string, { limit, cursor }: PageQuery): Promise<Page<RegistrationView>> {
    const { id: accountId } = await this.records.find(name);
    const [after] = cursors.decode(cursor) ?? [0];
    const where = { accountId, id: MoreThan(after) };
    const rows = await this.registrations.find({ where, order: { id: 'asc' }, take: limit + 1 });
    return cursors.page(rows, limit, ({ id }) => [id], view);
  }

  /** @throws AccountNotFoundError */
  async add(call: AdminCall, name: string, added: readonly RegistrationDto[]): Promise<{ items: RegistrationView[] }> {
    const change = { action: 'registration.add', account: name, details: { registrations: added } };
    const { answer } = await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      const rows = added.map((registration) => ({ accountId, ...columnsOf(registration) }));
      const { identifiers } = await manager.insert(AccountRegistration, rows);
      return { items: rows.map((row, index) => view({ ...row, id: identifiers[index]['id'] as number })) };
    });
    return answer;
  }

  /** Puts another registration in the place of one. @throws AccountNotFoundError, RegistrationNotFoundError */
  async put(call: AdminCall, name: string, id: number, registration: RegistrationDto): Promise<RegistrationView> {
    const change = { action: 'registration.put', account: name, details: { id, registration } };
    const { answer } = await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      const columns = columnsOf(registration);
      const { affected } = await manager.update(AccountRegistration, { id, accountId }, columns);
      if (affected === 0) throw new RegistrationNotFoundError();
      return view({ id, accountId, ...columns });
    });
    return answer;
  }

  /** @throws AccountNotFoundError, RegistrationNotFoundError */
  async remove(call: AdminCall, name: string, id: number): Promise<void> {
    const change = { action: 'registration.remove', account: name, details: { id } };
    await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      const { affected } = await manager.delete(AccountRegistration, { id, accountId });
      if (affected === 0) throw new RegistrationNotFoundError();
      return {};
    });
  }
}

/** The account has no registration of this id. */
class RegistrationNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'registration_not_found', 'The account has no registration of this id.');
  }
}
