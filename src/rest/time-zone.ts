import { ValidateBy } from 'class-validator';

import { isTimeZone } from '../clock/domain/bucket-period.js';
import { isPostgresError } from '../database/database-error.js';
import { InvalidRequestError } from './validation.pipe.js';

/** PostgreSQL's invalid_parameter_value. */
const UNKNOWN_ZONE = '22023';

/** A property that is the name of a time zone (IANA). */
export function IsTimeZone(): PropertyDecorator {
  return ValidateBy(
    { name: 'isTimeZone', validator: { validate: (value) => typeof value === 'string' && isTimeZone(value) } },
    { message: '$property must be the name of a time zone, such as Asia/Hong_Kong' },
  );
}

/**
 * Runs a statement that counts in the zone of a request's `timeZone`: Node and PostgreSQL each have a list of zones of their own.
 * @throws InvalidRequestError the database does not know it
 */
export async function inRequestedZone<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isPostgresError(error) || error.code !== UNKNOWN_ZONE) throw error;
    throw new InvalidRequestError([{ field: 'timeZone', rule: 'is not known to the database' }]);
  }
}
