import { Body, Controller, Get, Header, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse } from '@nestjs/swagger';

import { Scopes } from '../../apps/access.decorator.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { CreateMappingDto, MappingView } from './mapping.dto.js';
import { Mappings } from './mappings.service.js';

/** How files of other providers are read (docs/reconciliation.md). */
@Controller('v1/reconciliation/mappings')
@Scopes('reconciliation:manage')
export class MappingsController {
  constructor(private readonly mappings: Mappings) {}

  /** Stores a mapping. It never changes: another one takes another name. */
  @Post()
  @ApiCreatedResponse({ type: MappingView })
  @Header('Content-Type', 'application/json; charset=utf-8')
  create(@CurrentChange() request: ChangeRequest, @Body() dto: CreateMappingDto): Promise<string> {
    return this.mappings.create(request, dto);
  }

  /** All mappings, by name. */
  @Get()
  @ApiPage(MappingView)
  list(@Query() query: PageQuery): Promise<Page<MappingView>> {
    return this.mappings.list(query);
  }

  /** One mapping. */
  @Get(':name')
  find(@Param('name') name: string): Promise<MappingView> {
    return this.mappings.find(name);
  }
}
