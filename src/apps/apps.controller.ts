import { Body, Controller, Get, Header, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse } from '@nestjs/swagger';

import { ApiPage } from '../rest/openapi.js';
import { type Page, PageQuery } from '../rest/page.js';
import { Scopes } from './access.decorator.js';
import { ChangeAppDto, CreateAppDto } from './app.dto.js';
import { AppService } from './app.service.js';
import { AppView } from './app.view.js';
import { type ChangeRequest, CurrentChange } from './changes.service.js';

/** The teams that use the gateway (contract.md 4). */
@Controller('v1/apps')
@Scopes('admin')
export class AppsController {
  constructor(private readonly apps: AppService) {}

  /** Makes an app. */
  @Post()
  @ApiCreatedResponse({ type: AppView })
  @Header('Content-Type', 'application/json; charset=utf-8')
  create(@CurrentChange() request: ChangeRequest, @Body() dto: CreateAppDto): Promise<string> {
    return this.apps.create(request, dto);
  }

  /** All apps, oldest first. */
  @Get()
  @ApiPage(AppView)
  list(@Query() query: PageQuery): Promise<Page<AppView>> {
    return this.apps.list(query);
  }

  /** One app. */
  @Get(':id')
  find(@Param('id') id: string): Promise<AppView> {
    return this.apps.find(id);
  }

  /** Changes what the body names; every process goes by it within two seconds. */
  @Patch(':id')
  change(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Body() dto: ChangeAppDto,
  ): Promise<AppView> {
    return this.apps.change(request, id, dto);
  }
}
