import { Module } from '@nestjs/common';

import { OptOutCheck } from './opt-out-check.js';

/** Who is not to be written to (contract.md 4), for the role `api`. */
@Module({
  providers: [OptOutCheck],
  exports: [OptOutCheck],
})
export class OptOutsModule {}
