import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

import { UipTransport } from '../uip/uip-transport.js';
import { AccountDirectory } from './accounts/account-directory.js';
import { DirectoryWatch } from './accounts/directory-watch.js';
import { ADMIN_CONTROLLERS, ADMIN_ENTITIES, ADMIN_SERVICES } from './admin/admin.providers.js';
import { AdminKeyGuard } from './admin/admin-key.guard.js';
import { InboxController } from './admin/inbox.controller.js';
import { SandboxController } from './admin/sandbox.controller.js';
import { StorageFaultInterceptor } from './admin/storage-fault.interceptor.js';
import { Carrier } from './carrier/carrier.js';
import { ExpiryJob } from './carrier/expiry.job.js';
import { HandoverJob } from './carrier/handover.job.js';
import { HandsetBehaviours } from './carrier/handset-behaviours.js';
import { SimulatedCarrier } from './carrier/simulated-carrier.js';
import { SimulatedCarrierJob } from './carrier/simulated-carrier.job.js';
import { SmsStates } from './carrier/sms-states.js';
import { IntakeController } from './intake/intake.controller.js';
import { IntakeService } from './intake/intake.service.js';
import { IntakeWriter } from './intake/intake.writer.js';
import { ToldBeforeAnswer } from './intake/told-before-answer.js';
import { PushResults } from './push/push-results.js';
import { ReportPushJob } from './push/report-push.job.js';
import { ReportPusher } from './push/report-pusher.js';
import { Wakes } from './wakes.js';

/** What a platform differs in from another. */
export interface PlatformOptions {
  readonly sandbox: boolean;
  /** Pushes the reports. Closed with the module. */
  readonly transport: () => UipTransport;
}

const ACCOUNTS = [DirectoryWatch, AccountDirectory];
const INTAKE = [IntakeService, IntakeWriter, ToldBeforeAnswer];
const CARRIER = [
  HandsetBehaviours,
  SmsStates,
  HandoverJob,
  SimulatedCarrierJob,
  ExpiryJob,
  { provide: Carrier, useClass: SimulatedCarrier },
];
const PUSH = [ReportPushJob, ReportPusher, PushResults];

/** The other end of the wire: CloudSMS itself, with its customers' door, its carrier, its reports and its operators. */
@Module({})
export class PlatformModule {
  static register({ sandbox, transport }: PlatformOptions): DynamicModule {
    return {
      module: PlatformModule,
      imports: [TypeOrmModule.forFeature(ADMIN_ENTITIES)],
      controllers: [IntakeController, ...ADMIN_CONTROLLERS, ...(sandbox ? [InboxController, SandboxController] : [])],
      providers: [
        Wakes,
        ...ACCOUNTS,
        ...INTAKE,
        ...CARRIER,
        ...PUSH,
        ...ADMIN_SERVICES,
        { provide: UipTransport, useFactory: transport },
        { provide: APP_GUARD, useClass: AdminKeyGuard },
        { provide: APP_INTERCEPTOR, useClass: StorageFaultInterceptor },
      ],
      exports: [AccountDirectory],
    };
  }
}
