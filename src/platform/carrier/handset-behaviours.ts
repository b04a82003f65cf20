import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { Config } from '../../config/config.js';
import { type HandsetRule, readHandsetRules } from '../../config/handset-rule.js';
import { readSandboxFile } from '../../config/sandbox-file.js';
import { Database } from '../../database/database.js';
import { READ_FAULTS } from '../../database/statements/platform-directory.js';
import { LOGGER } from '../../runtime.module.js';
import { DirectoryWatch } from '../accounts/directory-watch.js';
import { type HandsetBehaviour, HandsetRules } from '../domain/handset-rules.js';

const ALWAYS_DELIVERED: readonly HandsetRule[] = [{ match: '*', reports: [{ state: 2, after: 1000 }] }];

/**
 * How simulated handsets behave: the sandbox file's rules, outranked by those that the operator has set (contract.md 5, 6).
 * Outside of the sandbox every handset receives.
 */
@Injectable()
export class HandsetBehaviours {
  private readonly shipped: readonly HandsetRule[];
  private rules: HandsetRules;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
    watch: DirectoryWatch,
  ) {
    this.shipped = config.sandbox ? readSandboxFile(config.sandboxFile).handsets : ALWAYS_DELIVERED;
    this.rules = new HandsetRules(this.shipped);
    if (config.sandbox) watch.onChange(() => this.read());
  }

  /** @param number country code and national number */
  of(number: string): HandsetBehaviour {
    return this.rules.of(number);
  }

  /** Whether any ANSWER can misbehave at all. */
  get mayMisbehave(): boolean {
    return this.config.sandbox && this.rules.touchAnswers;
  }

  private async read(): Promise<void> {
    const [row] = await this.database.run(READ_FAULTS, []);
    const faults = readHandsetRules(row?.rules ?? []);
    if ('faults' in faults) this.logger.error('the stored handset rules can not be read; they are ignored');
    else this.rules = new HandsetRules([...this.shipped, ...faults.rules]);
  }
}
