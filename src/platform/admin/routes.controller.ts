import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';

import { SandboxRoute as RouteDto } from '../../config/sandbox-file.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { validate } from '../../rest/validation.pipe.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { readEntries } from './entries.js';
import { RouteCountriesDto } from './route.dto.js';
import { RoutesService } from './routes.service.js';
import { RouteView } from './route.view.js';
import { ApiEntries } from './api-entries.js';
import { ApiPage } from '../../rest/openapi.js';

/** An account's products: what ROUTE_ID may name. */
@Controller('admin/v1/accounts/:name/routes')
export class RoutesController {
  constructor(private readonly routes: RoutesService) {}

  /** Products, by name. */
  @Get()
  @ApiPage(RouteView)
  list(@Param('name') name: string, @Query() query: PageQuery): Promise<Page<RouteView>> {
    return this.routes.list(name, query);
  }

  /** Adds products: one, or a list of them. */
  @Post()
  @ApiEntries(RouteDto, RouteView)
  add(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<{ items: RouteView[] }> {
    return this.routes.add(call, name, readEntries(RouteDto, body));
  }

  /** Makes a product cover these countries and no others. */
  @Put(':id')
  put(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Param('id') id: string,
    @Body() { countries }: RouteCountriesDto,
  ): Promise<RouteView> {
    return this.routes.put(call, name, validate(RouteDto, { id, countries }));
  }

  /** Takes a product away: SMS by it end as LOCAL_REJECTED. */
  @Delete(':id')
  @HttpCode(204)
  remove(@CurrentCall() call: AdminCall, @Param('name') name: string, @Param('id') id: string): Promise<void> {
    return this.routes.remove(call, name, id);
  }
}
