import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Repository } from 'typeorm';

import { Clock } from '../clock/clock.js';
import { ApiKey } from './api-key.entity.js';

/** Looks after keys that were let in some time ago, for what goes on for longer than a request. */
@Injectable()
export class KeyWatch {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly clock: Clock,
  ) {}

  /** Those of the keys that are still good: neither revoked nor expired. */
  async stillGood(keyIds: readonly string[]): Promise<ReadonlySet<string>> {
    const these = { id: In([...keyIds]), revokedAt: IsNull() };
    const found = await this.keys.find({
      select: { id: true },
      where: [
        { ...these, expiresAt: IsNull() },
        { ...these, expiresAt: MoreThan(new Date(this.clock.now())) },
      ],
    });
    return new Set(found.map(({ id }) => id));
  }
}
