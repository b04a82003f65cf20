import { InvalidRequestError, validate } from '../../rest/validation.pipe.js';

/** Entries that one call may bring. */
export const MOST_ENTRIES = 1000;

/**
 * Reads a body that is one entry or a list of entries, each checked against its class.
 *
 * @throws InvalidRequestError whose fields begin with the place in the list where the body is one
 */
export function readEntries<Entry extends object>(shape: new () => Entry, body: unknown): Entry[] {
  if (!Array.isArray(body)) return [validate(shape, body)];
  if (body.length === 0 || body.length > MOST_ENTRIES)
    throw new InvalidRequestError([{ field: '', rule: `must be a list of 1 to ${MOST_ENTRIES} entries` }]);
  return body.map((entry: unknown, index) => {
    try {
      return validate(shape, entry);
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      throw new InvalidRequestError(
        error.faults.map(({ field, rule }) => ({ field: field === '' ? `[${index}]` : `[${index}].${field}`, rule })),
      );
    }
  });
}
