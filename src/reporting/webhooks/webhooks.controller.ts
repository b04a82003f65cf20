import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse } from '@nestjs/swagger';

import { Scopes } from '../../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../../apps/caller.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { ChangeWebhookDto, CreateWebhookDto, DeliveriesQuery, RotateSecretDto } from './webhook.dto.js';
import { WebhookDeliveries } from './webhook-deliveries.service.js';
import { DeliveryView, WebhookSecretView, WebhookView } from './webhook.view.js';
import { Webhooks } from './webhooks.service.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Where an app wants to be told of its events, and what became of it (contract.md 4, docs/webhooks.md). */
@Controller('v1/webhooks')
@Scopes('webhooks:manage')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly deliveries: WebhookDeliveries,
  ) {}

  /** Makes an endpoint. The answer is the only place where its secret is shown. */
  @Post()
  @ApiCreatedResponse({ type: WebhookSecretView })
  @Header('Content-Type', JSON_TYPE)
  create(@CurrentChange() request: ChangeRequest, @Body() dto: CreateWebhookDto): Promise<string> {
    return this.webhooks.create(request, dto);
  }

  /** The app's endpoints, oldest first. */
  @Get()
  @ApiPage(WebhookView)
  list(@CurrentApp() { appId }: Caller, @Query() query: PageQuery): Promise<Page<WebhookView>> {
    return this.webhooks.list(appId, query);
  }

  /** One endpoint. */
  @Get(':id')
  find(@CurrentApp() { appId }: Caller, @Param('id') id: string): Promise<WebhookView> {
    return this.webhooks.find(appId, id);
  }

  /** Changes what the body names. */
  @Patch(':id')
  change(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Body() dto: ChangeWebhookDto,
  ): Promise<WebhookView> {
    return this.webhooks.change(request, id, dto);
  }

  /** Removes an endpoint. */
  @Delete(':id')
  @HttpCode(204)
  remove(@CurrentChange() request: ChangeRequest, @Param('id') id: string): Promise<void> {
    return this.webhooks.remove(request, id);
  }

  /** Gives a new secret, which is shown here only; the old one is signed with as well for a while. */
  @Post(':id/rotate-secret')
  @ApiCreatedResponse({ type: WebhookSecretView })
  @Header('Content-Type', JSON_TYPE)
  rotate(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Body() dto: RotateSecretDto,
  ): Promise<string> {
    return this.webhooks.rotate(request, id, dto);
  }

  /** Sends a test event; answers with its delivery. */
  @Post(':id/test')
  @ApiAcceptedResponse({ type: DeliveryView })
  @HttpCode(202)
  @Header('Content-Type', JSON_TYPE)
  test(@CurrentChange() request: ChangeRequest, @Param('id') id: string): Promise<string> {
    return this.deliveries.test(request, id);
  }

  /** What was, or is to be, delivered, newest first, with every attempt. */
  @Get(':id/deliveries')
  @ApiPage(DeliveryView)
  listDeliveries(
    @CurrentApp() { appId }: Caller,
    @Param('id') id: string,
    @Query() query: DeliveriesQuery,
  ): Promise<Page<DeliveryView>> {
    return this.deliveries.list(appId, id, query);
  }

  /** One delivery with its attempts. */
  @Get(':id/deliveries/:deliveryId')
  findDelivery(
    @CurrentApp() { appId }: Caller,
    @Param('id') id: string,
    @Param('deliveryId') deliveryId: string,
  ): Promise<DeliveryView> {
    return this.deliveries.find(appId, id, deliveryId);
  }

  /** Delivers once more, under the same `webhook-id`. */
  @Post(':id/deliveries/:deliveryId/replay')
  @HttpCode(202)
  replay(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Param('deliveryId') deliveryId: string,
  ): Promise<DeliveryView> {
    return this.deliveries.replay(request, id, deliveryId);
  }
}
