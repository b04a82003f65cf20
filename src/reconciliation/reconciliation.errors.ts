import { ApplicationError } from '../errors.js';

/** There is no such statement, or it did not come in whole. */
export class StatementNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'statement_not_found', 'There is no such statement.');
  }
}

/** There is no such mapping. */
export class MappingNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'mapping_not_found', 'There is no such mapping.');
  }
}

/** The name is taken. */
export class MappingExistsError extends ApplicationError {
  constructor() {
    super('conflict', 'mapping_exists', 'There is a mapping of this name already.');
  }
}

/** There is no such run. */
export class RunNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'run_not_found', 'There is no such run.');
  }
}

/** The run has not come to its end: its differences are not all there. */
export class RunNotDoneError extends ApplicationError {
  constructor() {
    super('conflict', 'run_not_done', 'The run is not done yet.', { retryAfter: 5 });
  }
}
