import { Module } from '@nestjs/common';

import { OutboxModule } from '../../outbox/outbox.module.js';
import { EventFeed } from './event-feed.service.js';
import { EventStreams } from './event-streams.service.js';
import { EventsController } from './events.controller.js';

/** The feed of events and its streams: part of the role `api`. */
@Module({ imports: [OutboxModule], controllers: [EventsController], providers: [EventFeed, EventStreams] })
export class EventsModule {}
