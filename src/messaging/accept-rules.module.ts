import { Module } from '@nestjs/common';

import { AcceptRules } from './accept-rules.js';
import { AcceptSettings } from './accept-settings.js';
import { OptOutsModule } from './opt-outs/opt-outs.module.js';
import { TemplatesModule } from './templates/templates.module.js';

/** What every way in goes by. */
@Module({
  imports: [TemplatesModule, OptOutsModule],
  providers: [AcceptRules, AcceptSettings],
  exports: [AcceptRules],
})
export class AcceptRulesModule {}
