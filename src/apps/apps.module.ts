import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';

import { AccessCheck } from './access-check.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeys } from './api-keys.service.js';
import { AppService } from './app.service.js';

/** The teams that use the gateway. Importing it guards every route of the application. */
@Module({
  imports: [DiscoveryModule],
  providers: [AppService, ApiKeys, AccessCheck, { provide: APP_GUARD, useClass: ApiKeyGuard }],
  exports: [AppService],
})
export class AppsModule {}
