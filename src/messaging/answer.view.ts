import type { MoneyJson } from '../billing/domain/money.js';
import type { Encoding } from './domain/encoding.js';
import type { MessageStatus } from './domain/message-status.js';

/** Something worth saying about a request that is taken all the same. */
export class WarningView {
  /** Stable name of the kind of warning. */
  readonly code: string;
  /** Country calling code that it is about. */
  readonly countryCode?: number;
  /** Member that it is about: `to[3]`. */
  readonly field?: string;
  readonly text: string;
}

/** A message that was taken in. */
export class AcceptedMessageView {
  readonly id: string;
  /** E.164. */
  readonly to: string;
  readonly status: MessageStatus;
  readonly segments: number;
  /** Per segment. */
  readonly price: MoneyJson;
  /** Price × segments. */
  readonly cost: MoneyJson;
}

/** The answer to `POST /v1/messages`. */
export class SubmissionView {
  /** Of the submission. */
  readonly id: string;
  readonly encoding: Encoding;
  /** Of each SMS. */
  readonly segments: number;
  /** Of all messages. */
  readonly cost: MoneyJson;
  /** Only where there is something to say. */
  readonly warnings?: WarningView[];
  /** In the order of `to`. */
  readonly messages: AcceptedMessageView[];
}

/** What the messages to one country would cost. */
export class CountryCostView {
  readonly countryCode: number;
  readonly messages: number;
  /** Of all of them. */
  readonly segments: number;
  /** Per segment. */
  readonly price: MoneyJson;
  readonly cost: MoneyJson;
}

/** A character that forces a dearer encoding than GSM 03.38. */
export class ForcingCharacterView {
  readonly character: string;
  /** `U+2019`. */
  readonly codePoint: string;
  /** Where it stands in `text`, in characters from 0; the first 20 places. */
  readonly positions: number[];
  readonly count: number;
  /** The cheapest encoding that has it. */
  readonly needs: 'latin1' | 'ucs2';
  /** What says about the same in GSM 03.38; null: nothing does. */
  readonly replacement: string | null;
}

/** What the text would take and cost in an encoding. */
export class EncodingCostView {
  readonly encoding: Encoding;
  /** False: it lacks characters of the text, each of which is counted as one unit, as if it were replaced. */
  readonly possible: boolean;
  readonly units: number;
  readonly segments: number;
  /** Of all messages. */
  readonly total: MoneyJson;
}

/** How the text could be cheaper. */
export class SuggestionView {
  readonly code: 'replace_characters' | 'change_signature_type' | 'shorten' | 'reword';
  /** Of each SMS, when it is followed. */
  readonly segments: number;
  readonly text: string;
}

/** What the text costs the way it is written, and how it would cost less. */
export class AdviceView {
  /** In the order of their first appearance. */
  readonly forcing: ForcingCharacterView[];
  /** Of each encoding. */
  readonly encodings: EncodingCostView[];
  /** Units over the edge of the segment before the last: so many less, and a segment is saved. 0 for one segment. */
  readonly overEdge: number;
  /** Units that the last segment still takes. */
  readonly left: number;
  readonly suggestions: SuggestionView[];
}

/** The answer to `POST /v1/messages/preview`. */
export class PreviewView {
  readonly encoding: Encoding;
  /** Code points of the text as it arrives. */
  readonly characters: number;
  /** What the encoding counts: septets, bytes or UTF-16 units. */
  readonly units: number;
  /** Of each SMS. */
  readonly segments: number;
  /** The text of each segment. */
  readonly parts: string[];
  /** As it arrives: signature included. */
  readonly text: string;
  /** By country. */
  readonly cost: CountryCostView[];
  readonly total: MoneyJson;
  readonly warnings: WarningView[];
  readonly advice: AdviceView;
}
