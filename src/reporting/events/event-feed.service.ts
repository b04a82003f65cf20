import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { EventLog, type Sequence } from '../../outbox/event-log.service.js';
import { problem, ProblemException } from '../../rest/problem.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import type { AnyEventView } from './event.view.js';
import { EventSubjects } from './event-subjects.js';

/** What a reader asks for. */
export interface FeedRequest {
  readonly appId: number;
  /** Only events with a greater number. */
  readonly after: number;
  readonly limit: number;
  readonly clearNumbers: boolean;
}

/** The feed of an app's events: for pages and for streams. */
@Injectable()
export class EventFeed {
  private readonly underWay = new Map<string, Promise<readonly AnyEventView[]>>();

  constructor(
    private readonly log: EventLog,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Events after a number, oldest first. Readers who ask for the same at the same time share one reading, so that many who
   * follow one app cost what one costs.
   */
  read(request: FeedRequest): Promise<readonly AnyEventView[]> {
    const key = `${request.appId} ${request.after} ${request.limit} ${request.clearNumbers}`;
    const known = this.underWay.get(key);
    if (known !== undefined) return known;
    const reading = this.readNow(request).finally(() => this.underWay.delete(key));
    this.underWay.set(key, reading);
    return reading;
  }

  /** Number of the newest event. */
  async newest(appId: number): Promise<number> {
    return (await this.log.sequence(appId)).last;
  }

  /**
   * Checks that a reader can go on from a number without missing anything; 0 is the beginning of what there is.
   * @throws ProblemException 410 `events_expired`
   * @throws InvalidRequestError for a number that no event has yet
   */
  async check(appId: number, after: number, field: string): Promise<void> {
    const { last, dropped }: Sequence = await this.log.sequence(appId);
    if (after > last) throw new InvalidRequestError([{ field, rule: 'must be the number of an event' }]);
    if (after === 0 || after >= dropped) return;
    const detail = `Events up to ${dropped} are gone: read the messages themselves, and go on from there.`;
    throw new ProblemException(problem(410, 'events_expired', detail));
  }

  private async readNow({ appId, after, limit, clearNumbers }: FeedRequest): Promise<readonly AnyEventView[]> {
    const changes = await this.log.after(appId, after, limit);
    if (changes.length === 0) return [];
    const subjects = await EventSubjects.read(this.database, changes);
    const how = { clearNumbers, now: this.clock.now() };
    return changes.map((change) => subjects.view(change, how));
  }
}
