import { countSegments } from './slicing.js';
import { isNumericSenderId } from './sender.js';

/** Something that preview and answer say of a message that may cost more than it should, or be intercepted. */
export interface Warning {
  /** Stable name of the kind of warning. */
  readonly code:
    | 'registration_required'
    | 'signature_required'
    | 'numeric_sender_required'
    | 'sender_operator_dependent'
    | 'signature_raises_cost'
    | 'number_looks_unassigned'
    | 'trunk_prefix_removed';
  /** The country calling code it is about; absent when it is about the text or a number. */
  readonly countryCode?: number;
  /** The member that it is about: `to[3]`; absent when it is about a country or the text. */
  readonly field?: string;
  readonly text: string;
}

/** What the duties depend on. */
export interface WarningContext {
  /** Country calling codes of the recipients; repetitions are fine. */
  readonly countryCodes: Iterable<number>;
  /** Sender ID of the message; absent: the account's default, which only the platform knows. */
  readonly sender?: string | null;
  /** Signature without brackets; absent or empty: none. */
  readonly signature?: string | null;
  /** The signature stands in the text already (type 5). */
  readonly signatureInText?: boolean;
  /** Country calling codes where content and sender ID are registered: nobody need be reminded. */
  readonly registeredCountries?: readonly number[];
}

const CHINA = 86;
const HONG_KONG = 852;
const SOUTH_KOREA = 82;

/** Directions where content and sender ID must be registered, and a signature when there is one (protocol.md 8). */
const REGISTRATION_COUNTRIES: ReadonlyMap<number, string> = new Map([
  [251, 'Ethiopia'],
  [91, 'India'],
  [62, 'Indonesia'],
  [856, 'Laos'],
  [60, 'Malaysia'],
  [63, 'Philippines'],
  [7, 'Russia'],
  [966, 'Saudi Arabia'],
  [66, 'Thailand'],
  [971, 'United Arab Emirates'],
  [84, 'Vietnam'],
]);

/** Whether a direction demands that content and sender ID be registered, mainland China included (protocol.md 8). */
export function needsRegistration(countryCode: number): boolean {
  return countryCode === CHINA || REGISTRATION_COUNTRIES.has(countryCode);
}

/** Whether a direction demands a registered signature: mainland China (protocol.md 8). */
export function needsSignature(countryCode: number): boolean {
  return countryCode === CHINA;
}

/** Whether a direction takes numeric sender IDs only: South Korea (protocol.md 8). */
export function needsNumericSender(countryCode: number): boolean {
  return countryCode === SOUTH_KOREA;
}

/** The sender and registration duties of protocol.md 8 that these recipients bring, once a country, in the order of the recipients. */
export function directionWarnings(context: WarningContext): Warning[] {
  const registered = context.registeredCountries ?? [];
  return [...new Set(context.countryCodes)]
    .flatMap((countryCode) => warningsOf(countryCode, context))
    .filter(({ code, countryCode = 0 }) => code !== 'registration_required' || !registered.includes(countryCode));
}

/**
 * Warns when it is the signature that makes an SMS longer in segments by changing its encoding: `【` turns a GSM text into a
 * Unicode one (protocol.md 5).
 */
export function signatureWarnings(text: string, formattedText: string): Warning[] {
  if (text === formattedText) return [];
  const before = countSegments(text);
  const after = countSegments(formattedText);
  if (before.encoding === after.encoding || before.segments >= after.segments) return [];
  return [
    {
      code: 'signature_raises_cost',
      text:
        `The signature changes the encoding from ${before.encoding} to ${after.encoding}: ` +
        `${after.segments} segments instead of ${before.segments}.`,
    },
  ];
}

function warningsOf(countryCode: number, context: WarningContext): Warning[] {
  const sender = context.sender ?? '';
  switch (countryCode) {
    case CHINA:
      return chinaWarnings(context);
    case HONG_KONG:
      return [hongKongWarning(sender)];
    case SOUTH_KOREA:
      return sender !== '' && isNumericSenderId(sender) ? [] : [southKoreaWarning(sender)];
    default: {
      const country = REGISTRATION_COUNTRIES.get(countryCode);
      return country === undefined ? [] : [registrationWarning(countryCode, country, context)];
    }
  }
}

function chinaWarnings(context: WarningContext): Warning[] {
  const warnings: Warning[] = [
    {
      code: 'registration_required',
      countryCode: CHINA,
      text: 'China (mainland): content, sender ID and signature must be registered, or the message is intercepted.',
    },
  ];
  if (!isSigned(context))
    warnings.push({
      code: 'signature_required',
      countryCode: CHINA,
      text: 'China (mainland): a registered signature is required.',
    });
  return warnings;
}

function isSigned(context: WarningContext): boolean {
  return context.signatureInText === true || (context.signature ?? '') !== '';
}

function registrationWarning(countryCode: number, country: string, context: WarningContext): Warning {
  const what = isSigned(context) ? 'content, sender ID and signature' : 'content and sender ID';
  return {
    code: 'registration_required',
    countryCode,
    text: `${country}: ${what} must be registered, or the message is intercepted.`,
  };
}

function hongKongWarning(sender: string): Warning {
  const text =
    sender !== '' && isNumericSenderId(sender)
      ? 'Hong Kong: PCCWG takes alphanumeric sender IDs only, CMHK only numeric ones that it has assigned.'
      : 'Hong Kong: CMHK takes only numeric sender IDs that it has assigned.';
  return { code: 'sender_operator_dependent', countryCode: HONG_KONG, text };
}

function southKoreaWarning(sender: string): Warning {
  const text =
    sender === ''
      ? 'South Korea: the sender ID must be numeric, and so must the default of the account, which is used here.'
      : 'South Korea: the sender ID must be numeric, or the message is intercepted.';
  return { code: 'numeric_sender_required', countryCode: SOUTH_KOREA, text };
}
