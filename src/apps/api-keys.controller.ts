import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse } from '@nestjs/swagger';

import { ApiPage } from '../rest/openapi.js';
import { type Page, PageQuery } from '../rest/page.js';
import { Scopes } from './access.decorator.js';
import { CreateKeyDto, RotateKeyDto } from './app.dto.js';
import { ApiKeyView, NewApiKeyView } from './app.view.js';
import { type ChangeRequest, CurrentChange } from './changes.service.js';
import { KeyService } from './key.service.js';

/** The keys of an app (contract.md 4). */
@Controller('v1/apps/:id/keys')
@Scopes('admin')
export class ApiKeysController {
  constructor(private readonly keys: KeyService) {}

  /** Makes a key. The answer is the only place where it is ever shown. */
  @Post()
  @ApiCreatedResponse({ type: NewApiKeyView })
  @Header('Content-Type', 'application/json; charset=utf-8')
  create(@CurrentChange() request: ChangeRequest, @Param('id') id: string, @Body() dto: CreateKeyDto): Promise<string> {
    return this.keys.create(request, id, dto);
  }

  /** All keys of the app, without the keys themselves. */
  @Get()
  @ApiPage(ApiKeyView)
  list(@Param('id') id: string, @Query() query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.keys.list(id, query);
  }

  /** Makes a key like this one, which stays good for a while beside it. */
  @Post(':keyId/rotate')
  @ApiCreatedResponse({ type: NewApiKeyView })
  @Header('Content-Type', 'application/json; charset=utf-8')
  rotate(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Param('keyId') keyId: string,
    @Body() dto: RotateKeyDto,
  ): Promise<string> {
    return this.keys.rotate(request, id, keyId, dto);
  }

  /** Ends a key; every process refuses it within two seconds. */
  @Post(':keyId/revoke')
  @HttpCode(200)
  revoke(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Param('keyId') keyId: string,
  ): Promise<ApiKeyView> {
    return this.keys.revoke(request, id, keyId);
  }
}
