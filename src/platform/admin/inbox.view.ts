import type { Encoding } from '../../messaging/domain/encoding.js';

/** An SMS as a simulated handset has received it. */
export class InboxItemView {
  readonly at: string;
  readonly smsUid: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly encoding: Encoding;
  /** The text of each segment, in order. */
  readonly segments: string[];
}

/** What a simulated handset has received, oldest first: a thousand at the most. */
export class InboxView {
  readonly items: InboxItemView[];
}
