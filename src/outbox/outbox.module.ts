import { Module } from '@nestjs/common';

import { EventLog } from './event-log.service.js';
import { Sequencer } from './sequencer.loop.js';

/** Reading what is to be told: for every role. */
@Module({ providers: [EventLog], exports: [EventLog] })
export class OutboxModule {}

/** Numbering what is to be told: part of the role `worker`. */
@Module({ providers: [Sequencer] })
export class SequencerModule {}
