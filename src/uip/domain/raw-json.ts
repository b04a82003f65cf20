const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BLANK = /\s/;

/**
 * The text of a member of a JSON object, as it was written. `JSON.parse` moves members with integer-like names to the front,
 * so that a value that must be handed back with its members in their order has to be kept as its text.
 *
 * @param text valid JSON whose value is an object; a byte order mark may precede it
 * @returns the last member of this name, as `JSON.parse` takes it; `undefined` when there is none
 */
export function rawMember(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = text.indexOf('{') + 1;
  while (at < text.length) {
    const nameStart = text.indexOf('"', at);
    if (nameStart === -1) break;
    const nameEnd = endOfString(text, nameStart);
    const start = skipTo(text, text.indexOf(':', nameEnd) + 1);
    const end = endOfValue(text, start);
    if (stringAt(text, nameStart, nameEnd) === name) found = text.slice(start, end);
    at = end;
  }
  return found;
}

/**
 * A JSON text in its compact form: without blanks between its parts, strings as short as JSON allows, numbers as they were
 * written, members in their order.
 *
 * @param text valid JSON
 */
export function compactJson(text: string): string {
  let compact = '';
  let at = skipTo(text, 0);
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const end = unit === QUOTE ? endOfString(text, at) : isPunctuation(unit) ? at + 1 : endOfScalar(text, at);
    compact += unit === QUOTE ? shortest(text.slice(at, end)) : text.slice(at, end);
    at = skipTo(text, end);
  }
  return compact;
}

/** Index of the first character from `at` on that is no blank. */
function skipTo(text: string, at: number): number {
  while (at < text.length && BLANK.test(text[at])) at++;
  return at;
}

/** Index after the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  for (at++; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at + 1;
  }
  return at;
}

/** Index after the number or word that begins at `at`. */
function endOfScalar(text: string, at: number): number {
  while (at < text.length && !isPunctuation(text.charCodeAt(at)) && !BLANK.test(text[at])) at++;
  return at;
}

function endOfValue(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit === QUOTE) return endOfString(text, at);
  if (unit !== OPEN_LIST && unit !== OPEN_OBJECT) return endOfScalar(text, at);
  for (let depth = 0; at < text.length;) {
    const next = text.charCodeAt(at);
    if (next === OPEN_LIST || next === OPEN_OBJECT) depth++;
    else if ((next === CLOSE_LIST || next === CLOSE_OBJECT) && --depth === 0) return at + 1;
    at = next === QUOTE ? endOfString(text, at) : at + 1;
  }
  return at;
}

function isPunctuation(unit: number): boolean {
  return (
    unit === COMMA ||
    unit === COLON ||
    unit === OPEN_LIST ||
    unit === CLOSE_LIST ||
    unit === OPEN_OBJECT ||
    unit === CLOSE_OBJECT
  );
}

function stringAt(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  return inner.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : inner;
}

/** A string without the escapes that it could do without. */
function shortest(token: string): string {
  return token.includes('\\') ? JSON.stringify(JSON.parse(token)) : token;
}
