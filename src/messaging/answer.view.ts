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
}
