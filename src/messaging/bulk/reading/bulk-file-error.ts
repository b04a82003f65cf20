import { ApplicationError } from '../../../errors.js';

/** A row may have so many bytes; what is longer is no row of messages. */
export const MAX_ROW_BYTES = 256 * 1024;

/** The file can't be read beyond a line: nothing of it is sent. */
export class BulkFileError extends ApplicationError {
  constructor(
    readonly line: number,
    rule: string,
  ) {
    super('rule', 'invalid_bulk_file', `Line ${line} ${rule}.`, { faults: [{ field: `line ${line}`, rule }] });
  }
}
