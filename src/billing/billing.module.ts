import { Module } from '@nestjs/common';

import { DatabasePriceBook } from './database-price-book.js';
import { PriceBook } from './price-book.js';

/** What an SMS costs, and what was spent. */
@Module({
  providers: [{ provide: PriceBook, useClass: DatabasePriceBook }],
  exports: [PriceBook],
})
export class BillingModule {}
