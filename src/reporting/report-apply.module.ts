import { Module } from '@nestjs/common';

import { ReportApplier } from './report-applier.service.js';
import { ReportApplyLoop } from './report-apply.loop.js';
import { ReportLocator } from './report-locator.service.js';
import { RouteWatch } from './route-watch.js';

/** Stored reports are applied to their messages: part of the role `worker`. */
@Module({ providers: [ReportLocator, RouteWatch, ReportApplier, ReportApplyLoop], exports: [ReportApplier] })
export class ReportApplyModule {}
