import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AppsModule } from '../../apps/apps.module.js';
import { BillingModule } from '../../billing/billing.module.js';
import { RoutesModule } from '../routes.module.js';
import { TemplatePreviews } from './template-previews.service.js';
import { TemplateTexts } from './template-texts.js';
import { TemplateText } from './template.entity.js';
import { TemplatesController } from './templates.controller.js';
import { Templates } from './templates.service.js';

/** Texts with variables (contract.md 4), for the role `api`. */
@Module({
  imports: [AppsModule, BillingModule, RoutesModule, TypeOrmModule.forFeature([TemplateText])],
  controllers: [TemplatesController],
  providers: [Templates, TemplatePreviews, TemplateTexts],
  exports: [TemplateTexts],
})
export class TemplatesModule {}
