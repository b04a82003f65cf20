import { Module } from '@nestjs/common';

import { MessageQueryController } from './message-query.controller.js';
import { MessageQueryService } from './message-query.service.js';
import { RoutesModule } from './routes.module.js';

/** Reading messages back, for the role `api`. */
@Module({
  imports: [RoutesModule],
  controllers: [MessageQueryController],
  providers: [MessageQueryService],
  exports: [MessageQueryService],
})
export class MessageQueryModule {}
