import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { Scopes } from '../../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../../apps/caller.js';
import { ApiPage } from '../../rest/openapi.js';
import { Cursors, type Page, type Position } from '../../rest/page.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { type AnyEventView, EventView, SpendCapEventView } from './event.view.js';
import { EventFeed } from './event-feed.service.js';
import { EventStreams } from './event-streams.service.js';
import { EventsQuery } from './events.dto.js';

const SEQUENCE = /^\d{1,15}$/;

const cursors = new Cursors<readonly [number]>(
  'events',
  (position: Position): position is readonly [number] =>
    position.length === 1 && Number.isSafeInteger(position[0]) && Number(position[0]) >= 0,
);

/** Every change of status, as it comes (contract.md 4). */
@Controller('v1/events')
@Scopes('messages:read')
export class EventsController {
  constructor(
    private readonly feed: EventFeed,
    private readonly streams: EventStreams,
  ) {}

  /**
   * Server-sent events, which go on after `Last-Event-ID`; with `Accept: application/json` a page. The `nextCursor` of a page is
   * null only when the page is empty: whoever has read all asks again with the last one.
   */
  @Get()
  @ApiPage(EventView, SpendCapEventView)
  @ApiProduces('application/json', 'text/event-stream')
  async read(
    @CurrentApp() { appId, keyId }: Caller,
    @Query() query: EventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (request.accepts(['text/event-stream', 'application/json']) === 'application/json') {
      response.json(await this.page(appId, query));
      return;
    }
    this.streams.checkRoom(appId);
    const given = lastEventId === undefined ? query.after : readId(lastEventId);
    if (given !== undefined) await this.feed.check(appId, given, lastEventId === undefined ? 'after' : 'Last-Event-ID');
    const after = given ?? (await this.feed.newest(appId));
    await this.streams.serve(response, { appId, keyId, after, clearNumbers: query.numbers === 'clear' });
  }

  private async page(appId: number, query: EventsQuery): Promise<Page<AnyEventView>> {
    const [position] = cursors.decode(query.cursor) ?? [];
    const after = position ?? query.after ?? 0;
    await this.feed.check(appId, after, position === undefined ? 'after' : 'cursor');
    const items = await this.feed.read({ appId, after, limit: query.limit, clearNumbers: query.numbers === 'clear' });
    const last = items.at(-1);
    return { items, nextCursor: last === undefined ? null : cursors.encode([last.sequence]) };
  }
}

function readId(text: string): number {
  if (!SEQUENCE.test(text))
    throw new InvalidRequestError([{ field: 'Last-Event-ID', rule: 'must be the number of an event, or 0' }]);
  return Number(text);
}
