import { Body, Controller, Delete, Get, HttpCode, Param, ParseIntPipe, Post, Put, Query } from '@nestjs/common';

import { SandboxRegistration as RegistrationDto } from '../../config/sandbox-file.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { readEntries } from './entries.js';
import { RegistrationsService } from './registrations.service.js';
import { RegistrationView } from './registration.view.js';
import { ApiEntries } from './api-entries.js';
import { ApiPage } from '../../rest/openapi.js';

/** What is registered for an account, where a direction demands it (protocol.md 8). */
@Controller('admin/v1/accounts/:name/registrations')
export class RegistrationsController {
  constructor(private readonly registrations: RegistrationsService) {}

  /** Registrations, oldest first. */
  @Get()
  @ApiPage(RegistrationView)
  list(@Param('name') name: string, @Query() query: PageQuery): Promise<Page<RegistrationView>> {
    return this.registrations.list(name, query);
  }

  /** Adds registrations: one, or a list of them. */
  @Post()
  @ApiEntries(RegistrationDto, RegistrationView)
  add(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<{ items: RegistrationView[] }> {
    return this.registrations.add(call, name, readEntries(RegistrationDto, body));
  }

  /** Puts another registration in the place of one. */
  @Put(':id')
  put(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Param('id', ParseIntPipe) id: number,
    @Body() body: RegistrationDto,
  ): Promise<RegistrationView> {
    return this.registrations.put(call, name, id, body);
  }

  /** Takes a registration away. */
  @Delete(':id')
  @HttpCode(204)
  remove(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Param('id', ParseIntPipe) id: number,
  ): Promise<void> {
    return this.registrations.remove(call, name, id);
  }
}
