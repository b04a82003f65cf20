import { Module } from '@nestjs/common';

import { AppsModule } from '../../apps/apps.module.js';
import { OutboxModule } from '../../outbox/outbox.module.js';
import { EventFeed } from './event-feed.service.js';
import { EventRetentionJob } from './event-retention.job.js';
import { EventStreams } from './event-streams.service.js';
import { EventsController } from './events.controller.js';

/** The feed of events and its streams: part of the role `api`. */
@Module({ imports: [AppsModule, OutboxModule], controllers: [EventsController], providers: [EventFeed, EventStreams] })
export class EventsModule {}

/** Events and deliveries are dropped when their time is over: part of the role `worker`. */
@Module({ providers: [EventRetentionJob], exports: [EventRetentionJob] })
export class EventRetentionModule {}
