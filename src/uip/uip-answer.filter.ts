import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ApplicationError } from '../errors.js';
import { faultAnswer, resultCodeOf, type ErrorCodes, type UipAnswerBody } from './domain/answer.js';
import type { UipMethod } from './domain/envelope.js';
import { UipFault } from './domain/uip-fault.js';
import type { UipContext } from './uip-context.js';

/**
 * Makes every error of a UIP controller, its pipes included, an ANSWER (design.md 2): a `UipFault` by its own RESULT_CODE,
 * an `ApplicationError` of kind `overload` as Busy, anything else as `codes` say. What is not a `UipFault` is logged.
 *
 * An instance is given to `@UseFilters`, not the class. The platform takes the defaults (Unknown_error). The callback answers DB_not_find while reports can't be stored:
 * `new UipAnswerFilter({ unavailable: ResultCode.DB_not_find })`.
 */
@Catch()
export class UipAnswerFilter implements ExceptionFilter {
  private readonly logger = new Logger(UipAnswerFilter.name);

  constructor(private readonly codes: ErrorCodes = {}) {}

  /** The ANSWER to an error, without its general parameters: the listener adds them. */
  catch(error: unknown, host: ArgumentsHost): UipAnswerBody {
    return this.answer(error, host.switchToRpc().getContext<UipContext>().method);
  }

  /** The same for an error on the way of a packet of `method`. */
  answer(error: unknown, method: UipMethod): UipAnswerBody {
    const fault = error instanceof UipFault ? error : undefined;
    if (fault === undefined) this.log(error);
    return faultAnswer(method, resultCodeOf(error, this.codes), fault?.detail);
  }

  private log(error: unknown): void {
    const expected = error instanceof ApplicationError && error.kind !== 'internal';
    if (expected) this.logger.warn(`${error.code}: ${error.message}`);
    else this.logger.error(error);
  }
}
