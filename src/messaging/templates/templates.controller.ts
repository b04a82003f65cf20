import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse } from '@nestjs/swagger';

import { Scopes } from '../../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../../apps/caller.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { ChangeTemplateDto, CreateTemplateDto, PreviewTemplateDto } from './template.dto.js';
import { TemplatePreviews } from './template-previews.service.js';
import { type TemplatePreviewView, TemplateView } from './template.view.js';
import { Templates } from './templates.service.js';

/** Texts with variables (contract.md 4, docs/templates.md). */
@Controller('v1/templates')
@Scopes('templates:manage')
export class TemplatesController {
  constructor(
    private readonly templates: Templates,
    private readonly previews: TemplatePreviews,
  ) {}

  /** Makes a template. */
  @Post()
  @ApiCreatedResponse({ type: TemplateView })
  @Header('Content-Type', 'application/json; charset=utf-8')
  create(@CurrentChange() request: ChangeRequest, @Body() dto: CreateTemplateDto): Promise<string> {
    return this.templates.create(request, dto);
  }

  /** The built-in template, then the app's own, oldest first. */
  @Get()
  @ApiPage(TemplateView)
  list(@CurrentApp() { appId }: Caller, @Query() query: PageQuery): Promise<Page<TemplateView>> {
    return this.templates.list(appId, query);
  }

  /** One template. */
  @Get(':id')
  find(@CurrentApp() { appId }: Caller, @Param('id') id: string): Promise<TemplateView> {
    return this.templates.find(appId, id);
  }

  /** Changes what the body names. What was taken in before keeps its text. */
  @Patch(':id')
  change(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Body() dto: ChangeTemplateDto,
  ): Promise<TemplateView> {
    return this.templates.change(request, id, dto);
  }

  /** Removes a template. What was taken in before keeps its text. */
  @Delete(':id')
  @HttpCode(204)
  remove(@CurrentChange() request: ChangeRequest, @Param('id') id: string): Promise<void> {
    return this.templates.remove(request, id);
  }

  /** The shortest and the longest message that the template makes, and what they cost. */
  @Post(':id/preview')
  @HttpCode(200)
  preview(
    @CurrentApp() caller: Caller,
    @Param('id') id: string,
    @Body() dto: PreviewTemplateDto,
  ): Promise<TemplatePreviewView> {
    return this.previews.preview(caller, id, dto);
  }
}
