import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AppsModule } from '../apps/apps.module.js';
import { BillingRecordsController } from './billing-records.controller.js';
import { AppCapsController, CapsController } from './caps/caps.controller.js';
import { SpendCaps } from './caps/spend-caps.service.js';
import { SpendCapsJob } from './caps/spend-caps.job.js';
import { SpendCapsLoop } from './caps/spend-caps.loop.js';
import { DatabasePriceBook } from './database-price-book.js';
import { PriceBook } from './price-book.js';
import { Price } from './price.entity.js';
import { PriceChanges } from './prices/price-changes.service.js';
import { PriceImport } from './prices/price-import.service.js';
import { PriceList } from './prices/price-list.service.js';
import { PricesController } from './prices/prices.controller.js';
import { StatementsService } from './statements/statements.service.js';
import { UsageService } from './usage/usage.service.js';

/** What an SMS costs, and what was spent. */
@Module({
  imports: [AppsModule, TypeOrmModule.forFeature([Price])],
  controllers: [PricesController, AppCapsController, CapsController, BillingRecordsController],
  providers: [
    { provide: PriceBook, useClass: DatabasePriceBook },
    PriceList,
    PriceChanges,
    PriceImport,
    SpendCaps,
    UsageService,
    StatementsService,
  ],
  exports: [PriceBook],
})
export class BillingModule {}

/** Keeping spend caps up with the ledger: part of the role `worker`. */
@Module({ providers: [SpendCapsLoop, SpendCapsJob] })
export class SpendCapsModule {}
