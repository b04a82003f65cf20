import { Body, Controller, Header, Headers, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse } from '@nestjs/swagger';
import type { Request } from 'express';

import { Scopes } from '../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../apps/caller.js';
import { ApplicationError } from '../errors.js';
import { AcceptService } from './accept.service.js';
import { CancelService } from './cancel.service.js';
import { parseMessageId } from './domain/message-id.js';
import { MessageQueryService } from './message-query.service.js';
import type { MessageView } from './message.view.js';
import { previewOf } from './preview.view.js';
import { type PreviewView, SubmissionView } from './answer.view.js';
import { SendMessageDto } from './send-message.dto.js';

/** Sending, previewing and cancelling (contract.md 4). */
@Controller('v1/messages')
export class MessagesController {
  constructor(
    private readonly messages: AcceptService,
    private readonly cancellation: CancelService,
    private readonly queries: MessageQueryService,
  ) {}

  /** Takes messages in: 202 once they are stored. */
  @Post()
  @ApiAcceptedResponse({ type: SubmissionView })
  @HttpCode(202)
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Scopes('messages:send')
  send(
    @CurrentApp() caller: Caller,
    @Body() request: SendMessageDto,
    @Req() { body }: Pick<Request, 'body'>,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<string> {
    return this.messages.accept(caller, request, body, key);
  }

  /** What the same body would become and cost; sends and stores nothing. */
  @Post('preview')
  @HttpCode(200)
  @Scopes('messages:send')
  async preview(@CurrentApp() caller: Caller, @Body() request: SendMessageDto): Promise<PreviewView> {
    return previewOf(await this.messages.compose(request, caller), request.signature);
  }

  /** Takes a message back while it has not been handed over. */
  @Post(':id/cancel')
  @HttpCode(200)
  @Scopes('messages:send')
  async cancel(@CurrentApp() caller: Caller, @Param('id') id: string): Promise<MessageView> {
    const key = parseMessageId(id);
    if (key === undefined) throw new ApplicationError('not_found', 'not_found', 'There is no such message.');
    await this.queries.find(caller.appId, id);
    await this.cancellation.cancel(caller, key);
    return this.queries.find(caller.appId, id);
  }
}
