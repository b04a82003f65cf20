import { QueryFailedError } from 'typeorm';

import { DatabaseUnavailableError, translateStatementError } from './database-error.js';

/** Translates what TypeORM threw: as `translateStatementError` does, and a server that can't be reached is unavailable. */
export function translateEntityError(error: unknown): unknown {
  if (error instanceof QueryFailedError) return translateStatementError(error.driverError);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? new DatabaseUnavailableError(error) : error;
}
