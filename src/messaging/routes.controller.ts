import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';

import { Scopes } from '../apps/access.decorator.js';
import { type ChangeRequest, CurrentChange } from '../apps/changes.service.js';
import { RouteHealth } from './route-health.service.js';
import type { RouteListView, RouteView } from './route.view.js';

/** How the ways to the platform stand (design.md 3 rule 9). */
@Controller('v1/routes')
@Scopes('admin')
export class RoutesController {
  constructor(private readonly routes: RouteHealth) {}

  /** All routes, the default one first. */
  @Get()
  async list(): Promise<RouteListView> {
    return { items: [...(await this.routes.list())] };
  }

  /** One route. */
  @Get(':name')
  find(@Param('name') name: string): Promise<RouteView> {
    return this.routes.find(name);
  }

  /** Closes the breaker: what stopped the route has been put right. */
  @Post(':name/reset')
  @HttpCode(200)
  reset(@CurrentChange() request: ChangeRequest, @Param('name') name: string): Promise<RouteView> {
    return this.routes.reset(request, name);
  }
}
