import { ApplicationError } from '../errors.js';

/** The database can't be reached, or refused before anything was committed. Trying again is safe. */
export class DatabaseUnavailableError extends ApplicationError {
  constructor(cause: unknown) {
    super('unavailable', 'storage_unavailable', 'The storage is unavailable at the moment. Nothing was changed.', {
      cause,
      retryAfter: 5,
    });
  }
}

/**
 * The connection broke while a statement or a COMMIT was under way: it may have been committed or not. Each caller says
 * what that means for it (design.md 3 rule 10); nobody may assume either.
 */
export class OutcomeUnknownError extends ApplicationError {
  constructor(cause: unknown) {
    super('unavailable', 'outcome_unknown', 'The storage broke off: it is not known whether the change was made.', {
      cause,
      retryAfter: 5,
    });
  }
}

interface PostgresError extends Error {
  code: string;
}

/** Whether PostgreSQL itself answered with an error, so that the statement is known to have been rolled back. */
export function isPostgresError(error: unknown): error is PostgresError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code) &&
    'severity' in error
  );
}

const SERVER_GOES_AWAY = /^57P0[1-5]$/;
/** Insufficient resources, lock not available, cancelled by a timeout, deadlock, serialization: rolled back for certain. */
const PASSING = /^(53...|55P03|57014|40P01|40001|25P03|25P04)$/;

/** Whether the statement failed for a passing reason and is known to have changed nothing. */
export function isPassing(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError || (isPostgresError(error) && PASSING.test(error.code));
}

/** Whether it was the connection that broke, and not the statement that failed. */
const isLost = (error: unknown): boolean => !isPostgresError(error) || SERVER_GOES_AWAY.test(error.code);

/**
 * Translates what a statement threw after which a COMMIT would still have to come: whatever broke, nothing was committed.
 * PostgreSQL's own errors pass through unless they mean that it is unavailable.
 */
export function translateUncommitted(error: unknown): unknown {
  return isLost(error) || isPassing(error) ? new DatabaseUnavailableError(error) : error;
}

/**
 * Translates what a statement on an open connection threw that commits. PostgreSQL's own errors pass through unless they mean that
 * it is unavailable; a broken connection leaves the outcome unknown. `57P01` and its kin can come after a commit was
 * under way, so they count as unknown as well.
 */
export function translateStatementError(error: unknown): unknown {
  return isLost(error) ? new OutcomeUnknownError(error) : translateUncommitted(error);
}
