import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AccessCheck } from './access-check.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeys } from './api-keys.service.js';
import { App } from './app.entity.js';
import { AppService } from './app.service.js';
import { AppsController } from './apps.controller.js';
import { AuditController } from './audit.controller.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditService } from './audit.service.js';
import { Authorization } from './authorization.service.js';
import { Changes } from './changes.service.js';
import { KeyService } from './key.service.js';
import { KeyWatch } from './key-watch.service.js';
import { RateLimits } from './rate-limits.service.js';

/** The teams that use the gateway. Importing it guards every route of the application. */
@Module({
  imports: [DiscoveryModule, TypeOrmModule.forFeature([App, ApiKey, AuditEntry])],
  controllers: [AppsController, ApiKeysController, AuditController],
  providers: [
    AppService,
    KeyService,
    KeyWatch,
    AuditService,
    Changes,
    ApiKeys,
    Authorization,
    RateLimits,
    AccessCheck,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
  ],
  exports: [Authorization, Changes, KeyWatch, RateLimits],
})
export class AppsModule {}
