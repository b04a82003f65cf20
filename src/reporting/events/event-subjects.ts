import type { StatementRunner } from '../../database/database.js';
import { type EventMessageRow, findEventMessages } from '../../database/statements/event-messages.js';
import { findSpendWarnings, type SpendWarningRow } from '../../database/statements/spend-warn.js';
import { messageId } from '../../messaging/domain/message-id.js';
import type { NumberedChange } from '../../outbox/domain/changes.js';
import { ToldStatus } from '../../outbox/told-status.js';
import { type AnyEventView, eventView, type ShownHow, spendCapEventView } from './event.view.js';

type Subject = Pick<NumberedChange, 'submissionId' | 'ordinal' | 'status'>;

const isSpendCap = ({ status }: Subject): boolean => status === ToldStatus.spend_cap;

/** What events speak of, as it is now: messages, and spend caps that have reached a threshold. */
export class EventSubjects {
  private constructor(
    private readonly messages: ReadonlyMap<string, EventMessageRow>,
    private readonly warnings: ReadonlyMap<string, SpendWarningRow>,
  ) {}

  /** Reads what some events speak of. */
  static async read(runner: StatementRunner, events: readonly Subject[]): Promise<EventSubjects> {
    const keys = new Map<string, Subject>();
    const warnings = new Set<string>();
    for (const event of events) {
      if (isSpendCap(event)) warnings.add(event.submissionId);
      else keys.set(messageId(event.submissionId, event.ordinal), event);
    }
    const messages = keys.size === 0 ? [] : await findEventMessages(runner, [...keys.values()]);
    const told = warnings.size === 0 ? [] : await findSpendWarnings(runner, [...warnings]);
    return new EventSubjects(
      new Map(messages.map((row) => [messageId(row.submission_id, row.ordinal), row])),
      new Map(told.map((row) => [row.id, row])),
    );
  }

  /** An event as it is told. */
  view(change: NumberedChange, how: ShownHow): AnyEventView {
    if (isSpendCap(change)) return spendCapEventView(change, this.warnings.get(change.submissionId));
    return eventView(change, this.messages.get(messageId(change.submissionId, change.ordinal)), how);
  }
}
