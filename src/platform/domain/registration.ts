import { isNumericSenderId } from '../../messaging/domain/sender.js';
import { splitSignature } from '../../messaging/domain/signature.js';
import { needsNumericSender, needsRegistration, needsSignature } from '../../messaging/domain/warnings.js';

/** What has been registered for a country: an SMS must match in all that it names (protocol.md 8). */
export interface Registration {
  readonly countryCode: number;
  /** Without brackets. */
  readonly signature: string | undefined;
  readonly senderId: string | undefined;
  /** `{}` stands for any text. */
  readonly content: string | undefined;
}

/** What of a packet its registrations are asked about. */
export interface RegisteredContent {
  /** SMS_CONTENT as received. */
  readonly text: string;
  readonly signature: string | undefined;
  readonly signatureType: number | undefined;
  /** ORIGINAL_ADDR, or the account's default. */
  readonly senderId: string;
}

const ANY_TEXT = '{}';
const TEXT_HAS_SIGNATURE = 5;

/**
 * Whether the duties of a direction are met (protocol.md 8); if not, its numbers are an Intercept. Judged once a country and
 * packet, for nothing of the number itself matters.
 */
export function meetsDuties(
  countryCode: number,
  content: RegisteredContent,
  registrations: readonly Registration[],
): boolean {
  if (needsNumericSender(countryCode) && !isNumericSenderId(content.senderId)) return false;
  if (!needsRegistration(countryCode)) return true;
  if (needsSignature(countryCode) && content.signature === undefined) return false;
  const text = registeredText(content);
  return registrations.some(
    (registration) =>
      registration.countryCode === countryCode &&
      registration.signature === content.signature &&
      (registration.senderId === undefined || registration.senderId === content.senderId) &&
      (registration.content === undefined || matchesContent(registration.content, text)),
  );
}

/** What is compared with registered content: a signature that stands in the text already (type 5) is left out. */
function registeredText({ text, signature, signatureType }: RegisteredContent): string {
  return signature !== undefined && signatureType === TEXT_HAS_SIGNATURE ? splitSignature(text).content : text;
}

/** Whether a text is what a pattern describes, `{}` standing for any text, an empty one too. Linear in the text. */
export function matchesContent(pattern: string, text: string): boolean {
  const pieces = pattern.split(ANY_TEXT);
  const first = pieces[0];
  const last = pieces[pieces.length - 1];
  if (pieces.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}
