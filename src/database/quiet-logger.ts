import type { Logger } from 'typeorm';

/** Says nothing: what a migration fails of is thrown, and told once by whoever starts the program. */
export class QuietLogger implements Logger {
  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
