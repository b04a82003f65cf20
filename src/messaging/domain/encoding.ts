/**
 * The three encodings of an SMS and the choice among them (protocol.md 6): the first one that carries the whole formatted
 * text. Lengths count the encoding's own units: septets, octets, UTF-16 code units.
 *
 * A lone surrogate is one UTF-16 code unit like any other: it makes a text UCS-2 and counts one. Nothing here refuses it,
 * since the carrier's UCS-2 does not; whether a text can be kept in UTF-8 storage is another question, `isStorableText`.
 */

/** Name of an encoding as REST shows it. */
export type Encoding = 'gsm7' | 'latin1' | 'ucs2';

/** SMPP `data_coding` of an encoding. It is also the code under which an encoding is stored (smallint). */
export type DataCoding = 0 | 3 | 8;

/** How much of an encoding a text takes. */
export interface TextMeasure {
  readonly encoding: Encoding;
  /** Septets (`gsm7`), octets (`latin1`) or UTF-16 code units (`ucs2`). */
  readonly units: number;
}

/** SMPP data coding by encoding; what is stored. */
export const DATA_CODING: Readonly<Record<Encoding, DataCoding>> = { gsm7: 0, latin1: 3, ucs2: 8 };

const ESCAPE = '\u001b';

/** GSM 03.38 default alphabet in the order of its codes 0x00..0x7F (3GPP TS 23.038, 6.2.1); 0x1B is the escape. */
const GSM_DEFAULT_ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ' +
  ESCAPE +
  'ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** GSM 03.38 extension table (6.2.1.1): each of these is the escape and one more septet. */
const GSM_EXTENSION = '\f^{}\\[~]|€';

/** One past the highest code unit of the GSM tables, the euro sign. */
const TABLE_SIZE = '€'.charCodeAt(0) + 1;

const SEPTETS = septetTable();

function septetTable(): Uint8Array {
  const table = new Uint8Array(TABLE_SIZE);
  for (const character of GSM_DEFAULT_ALPHABET) if (character !== ESCAPE) table[character.charCodeAt(0)] = 1;
  for (const character of GSM_EXTENSION) table[character.charCodeAt(0)] = 2;
  return table;
}

/**
 * Septets that a UTF-16 code unit takes in GSM 03.38: 1, 2 (extension table), or 0 where the alphabet lacks it.
 */
export function gsmSeptets(codeUnit: number): 0 | 1 | 2 {
  return (codeUnit < TABLE_SIZE ? SEPTETS[codeUnit] : 0) as 0 | 1 | 2;
}

/** The characters of ASCII that are one septet each: of most texts this is all there is to find out. */
const PLAIN_ASCII = /^[\n\r !-?@A-Z_a-z]*$/;

/** Chooses the encoding of a formatted text, signature included, and counts its units. One pass, no allocation but the result. */
export function measureText(text: string): TextMeasure {
  const length = text.length;
  if (PLAIN_ASCII.test(text)) return { encoding: 'gsm7', units: length };
  let units = 0;
  let seen = 0;
  let index = 0;
  for (; index < length; index++) {
    const codeUnit = text.charCodeAt(index);
    seen |= codeUnit;
    const septets = codeUnit < TABLE_SIZE ? SEPTETS[codeUnit] : 0;
    if (septets === 0) break;
    units += septets;
  }
  if (index === length) return { encoding: 'gsm7', units };
  for (; index < length && seen <= 0xff; index++) seen |= text.charCodeAt(index);
  return { encoding: seen <= 0xff ? 'latin1' : 'ucs2', units: length };
}

/** The encoding with this SMPP data coding, as read from storage; `undefined` for any other number. */
export function encodingOf(dataCoding: number): Encoding | undefined {
  switch (dataCoding) {
    case 0:
      return 'gsm7';
    case 3:
      return 'latin1';
    case 8:
      return 'ucs2';
    default:
      return undefined;
  }
}

/** True of the first half of a surrogate pair. */
export function isHighSurrogate(codeUnit: number): boolean {
  return (codeUnit & 0xfc00) === 0xd800;
}

/** True of the second half of a surrogate pair. */
export function isLowSurrogate(codeUnit: number): boolean {
  return (codeUnit & 0xfc00) === 0xdc00;
}

/**
 * Whether a text survives UTF-8 storage unchanged: it has no U+0000 (PostgreSQL's `text` can't hold it) and no lone
 * surrogate (an encoder would replace it by U+FFFD, so that another text would be sent than was quoted).
 */
export function isStorableText(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const codeUnit = text.charCodeAt(index);
    if (codeUnit === 0 || isLowSurrogate(codeUnit)) return false;
    if (isHighSurrogate(codeUnit) && !isLowSurrogate(text.charCodeAt(++index))) return false;
  }
  return true;
}
