import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { CertificatesModule, certificateFiles } from '../certificates/certificates.module.js';
import { Clock } from '../clock/clock.js';
import type { Config } from '../config/config.js';
import { readPemFile } from '../config/pem-file.js';
import { Database } from '../database/database.js';
import { NestLogger } from '../observability/logger.js';
import { ReportIntakeModule } from '../reporting/report-intake.module.js';
import { directReports } from '../reporting/report-intake.route.js';
import { listenError } from '../rest/listen.js';
import { RuntimeModule } from '../runtime.module.js';
import type { RunningRole, Runtime } from '../runtime.js';
import { AddressList } from '../uip/address-list.js';
import { ResultCode } from '../uip/domain/result-code.js';
import type { TlsMaterial, UipServerOptions } from '../uip/uip-server.options.js';
import { UipServerStrategy } from '../uip/uip-server.strategy.js';
import { type HealthListener, listenForProbes } from './callback-health.js';

/** Where the platform pushes its reports to. */
const PATH = '/dr';

@Module({})
class CallbackModule {
  static register(runtime: Runtime): DynamicModule {
    const files = runtime.config.callback.tls ? certificateFiles('CALLBACK', runtime.tls.callback) : [];
    return {
      module: CallbackModule,
      imports: [RuntimeModule.register(runtime, 'gateway'), ReportIntakeModule, CertificatesModule.register(files)],
    };
  }
}

/**
 * The role `callback`: takes the platform's reports, on a listener of its own (contract.md 1).
 *
 * @throws ApplicationError in one line that says what to do, when it can't listen
 */
export async function startCallback(runtime: Runtime): Promise<RunningRole> {
  const { callback, trustedProxies } = runtime.config;
  let probes: HealthListener | undefined;
  let clock: Pick<Clock, 'now'> = { now: () => Date.now() };
  const strategy = new UipServerStrategy({
    ...listenerOptions(callback, trustedProxies),
    ...(callback.tls ? { tls: { material: readMaterial(runtime), clientAuth: callback.clientAuth } } : {}),
    now: () => clock.now(),
  });
  const application = await NestFactory.createMicroservice(CallbackModule.register(runtime), {
    strategy,
    logger: new NestLogger(runtime.logger.child({ role: 'callback' })),
    abortOnError: false,
  });
  try {
    clock = application.get(Clock);
    strategy.serveDirectly(directReports(application));
    await application.listen();
    probes = await startProbes(application.get(Database), callback);
  } catch (error) {
    await application.close().catch(() => undefined);
    throw isSystemError(error) ? listenError(error, { ...callback, ...VARIABLES }) : error;
  }
  runtime.addresses.callbackUrl = `${callback.tls ? 'https' : 'http'}://localhost:${strategy.port}${PATH}`;
  runtime.addresses.callbackHealthUrl = probes?.url;
  return {
    stop: async () => {
      await probes?.stop();
      await application.close();
    },
  };
}

const VARIABLES = { hostVariable: 'CALLBACK_HOST', portVariable: 'CALLBACK_PORT' };

function startProbes(
  database: Database,
  { host, healthPort: port }: Config['callback'],
): Promise<HealthListener> | undefined {
  if (port === undefined) return undefined;
  const variables = { hostVariable: 'CALLBACK_HOST', portVariable: 'CALLBACK_HEALTH_PORT' };
  return listenForProbes(database, { host, port, ...variables });
}

function listenerOptions(callback: Config['callback'], trustedProxies: readonly string[]): UipServerOptions {
  return {
    method: 'SMS_PUSH_REPORT',
    path: PATH,
    port: callback.port,
    host: callback.host,
    admits: new AddressList(callback.allowedAddresses).includes,
    // The proxy is believed where it ends the TLS; a direct peer's word about other addresses is not.
    ...(trustedProxies.length === 0 ? {} : { isTrustedProxy: new AddressList(trustedProxies).includes }),
    codes: { unexpected: ResultCode.DB_not_find, unavailable: ResultCode.DB_not_find },
  };
}

function readMaterial(runtime: Runtime): TlsMaterial {
  const { cert, key, ca } = runtime.tls.callback;
  return {
    cert: readPemFile(cert, 'CALLBACK_CERT'),
    key: readPemFile(key, 'CALLBACK_KEY'),
    ca: ca === undefined ? [] : readPemFile(ca, 'CALLBACK_CA'),
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}
