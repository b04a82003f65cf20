import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';

import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import { UipTransport } from '../uip/uip-transport.js';
import { type UndiciUipTransportOptions, UndiciUipTransport } from '../uip/undici-uip-transport.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { GiveUpLoop } from './dispatch/give-up.loop.js';
import { Sender } from './dispatch/sender.js';
import { SettlementWriter } from './dispatch/settlement-writer.js';
import { UipTarget } from './dispatch/uip-target.js';

/** TLS files of the sending side, read. */
export type UipTls = UndiciUipTransportOptions['tls'];

@Injectable()
class CloseTransport implements OnApplicationShutdown {
  constructor(@Inject(UipTransport) private readonly transport: UipTransport) {}

  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}

/** Sending what was taken in, for the role `worker`. */
@Module({})
export class DispatchModule {
  /**
   * @param target where to send, and as whom
   * @param tls our certificate, and the authority that the platform's must come from
   */
  static register(target: UipTarget, tls: UipTls): DynamicModule {
    return {
      module: DispatchModule,
      providers: [
        { provide: UipTarget, useValue: target },
        {
          provide: UipTransport,
          useFactory: (config: Config, clock: Clock) =>
            new UndiciUipTransport({
              tls,
              allowPlainHttp: config.sandbox,
              connections: config.uip.connections,
              utcOffsetMinutes: config.uip.utcOffset,
              now: () => clock.now(),
            }),
          inject: [Config, Clock],
        },
        Sender,
        SettlementWriter,
        Dispatcher,
        GiveUpLoop,
        CloseTransport,
      ],
    };
  }
}
