import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AppsModule } from '../apps/apps.module.js';
import { DatabasePriceBook } from './database-price-book.js';
import { PriceBook } from './price-book.js';
import { Price } from './price.entity.js';
import { PriceChanges } from './prices/price-changes.service.js';
import { PriceImport } from './prices/price-import.service.js';
import { PriceList } from './prices/price-list.service.js';
import { PricesController } from './prices/prices.controller.js';

/** What an SMS costs, and what was spent. */
@Module({
  imports: [AppsModule, TypeOrmModule.forFeature([Price])],
  controllers: [PricesController],
  providers: [{ provide: PriceBook, useClass: DatabasePriceBook }, PriceList, PriceChanges, PriceImport],
  exports: [PriceBook],
})
export class BillingModule {}
