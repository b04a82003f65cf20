import { ApplicationError } from '../../errors.js';

/** The app has no such bulk. Whether another's has is not said. */
export class BulkNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'bulk_not_found', 'There is no such bulk.');
  }
}

/** The bulk is in a status in which this can't be done. */
export class BulkStatusError extends ApplicationError {
  constructor(step: string, status: string) {
    super('conflict', 'bulk_status', `A bulk that is ${status} can not be ${step}.`);
  }
}
