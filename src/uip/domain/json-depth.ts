const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Whether a JSON text nests deeper than `limit`, decided before it is parsed: `JSON.parse` takes a depth of a million, and
 * whatever walks the result afterwards overflows the stack.
 *
 * A text with no more opening brackets than `limit`, wherever they stand, can't nest deeper; counting those is a search by
 * the engine and settles every ordinary packet. Only where there are more is the text walked character by character. What is
 * not JSON gets an answer all the same, which the parser then makes irrelevant.
 */
export function exceedsDepth(text: string, limit: number): boolean {
  if (countUpTo(text, '[', limit) + countUpTo(text, '{', limit) <= limit) return false;
  return walkExceeds(text, limit);
}

function countUpTo(text: string, bracket: string, limit: number): number {
  let count = 0;
  for (let at = text.indexOf(bracket); at !== -1 && count <= limit; at = text.indexOf(bracket, at + 1)) count++;
  return count;
}

function walkExceeds(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) {
      if (++depth > limit) return true;
    } else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth--;
  }
  return false;
}
