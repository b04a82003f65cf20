import { validate } from '../rest/validation.pipe.js';
import { MAX_RECIPIENTS, SendMessageDto } from './send-message.dto.js';

/** Whether a text obeys its member's rules for certain. Lengths are in UTF-16 units, of which a character has one or more. */
const isText = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'string' && value.length >= least && value.length <= most && !VARIATION_SELECTOR.test(value);

/** class-validator counts these as nothing. */
const VARIATION_SELECTOR = /[\ufe0e\ufe0f]/;

/** What the usual members look like where nothing can be wrong with them. */
const PLAIN: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['to', (value) => Array.isArray(value) && value.length > 0 && value.length <= MAX_RECIPIENTS],
  ['text', (value) => isText(value, 1, 2000)],
  ['route', (value) => isText(value, 0, 255)],
  ['from', (value) => isText(value, 0, 32)],
  ['priority', (value) => value === 'normal' || value === 'high'],
  ['onDoubt', (value) => value === 'wait' || value === 'resend'],
  ['metadata', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
]);

/**
 * Reads the body of `POST /v1/messages`. Most requests have a few plain members, and to see that they are right takes a
 * hundredth of what class-validator does; it judges all the others.
 *
 * @throws InvalidRequestError
 */
export function readSendMessage(body: object): SendMessageDto {
  return isPlain(body) ? Object.assign(new SendMessageDto(), body) : validate(SendMessageDto, body);
}

function isPlain(body: object): boolean {
  if (Array.isArray(body) || !Object.hasOwn(body, 'to')) return false;
  for (const [name, value] of Object.entries(body)) if (PLAIN.get(name)?.(value) !== true) return false;
  return true;
}
