import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable, throwError } from 'rxjs';

import { DatabaseUnavailableError, isPassing, isPostgresError } from '../../database/database-error.js';

const NOT_REACHED = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', '57P01', '57P03']);

/** Says of reads through TypeORM what the hot paths say of theirs: that the storage is unavailable, not that we are broken. */
@Injectable()
export class StorageFaultInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(
        catchError((error: unknown) => throwError(() => (isAway(error) ? new DatabaseUnavailableError(error) : error))),
      );
  }
}

function isAway(error: unknown): boolean {
  if (isPostgresError(error) && isPassing(error)) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && NOT_REACHED.has(error.code);
}
