import { Controller, Get, Param, Query } from '@nestjs/common';

import { Scopes } from '../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../apps/caller.js';
import { ApiPage } from '../rest/openapi.js';
import type { Page } from '../rest/page.js';
import { MessageListQuery } from './message-query.dto.js';
import { MessageQueryService } from './message-query.service.js';
import { type MessageDetailsView, MessageView } from './message.view.js';

/** Reading messages back (contract.md 4). */
@Controller('v1/messages')
@Scopes('messages:read')
export class MessageQueryController {
  constructor(private readonly queries: MessageQueryService) {}

  /** Messages of the caller's app, newest first. */
  @Get()
  @ApiPage(MessageView)
  list(@CurrentApp() caller: Caller, @Query() query: MessageListQuery): Promise<Page<MessageView>> {
    return this.queries.list(caller.appId, query);
  }

  /** One message with all that it went through; 404 for another app's. */
  @Get(':id')
  find(@CurrentApp() caller: Caller, @Param('id') id: string): Promise<MessageDetailsView> {
    return this.queries.find(caller.appId, id);
  }
}
