import { type DynamicModule, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { rootCertificates } from 'node:tls';

import { CertificateExpiryModule, CertificatesModule, certificateFiles } from '../certificates/certificates.module.js';
import { Clock } from '../clock/clock.js';
import type { Config } from '../config/config.js';
import { readPemFile } from '../config/pem-file.js';
import { readSandboxFile } from '../config/sandbox-file.js';
import { Database } from '../database/database.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { PartitionsModule } from '../database/partitions.module.js';
import { AccountDirectory } from '../platform/accounts/account-directory.js';
import { seedAccounts } from '../platform/accounts/seed-accounts.js';
import { PlatformModule } from '../platform/platform.module.js';
import { isPublicAddress } from '../network/public-address.js';
import { type HttpApplication, startHttpApplication } from '../rest/http-application.js';
import { listenError } from '../rest/listen.js';
import { serveOpenApi } from '../rest/openapi.js';
import { RuntimeModule } from '../runtime.module.js';
import type { RunningRole, Runtime } from '../runtime.js';
import { AddressList } from '../uip/address-list.js';
import type { TlsMaterial, UipServerOptions } from '../uip/uip-server.options.js';
import { UipServerStrategy } from '../uip/uip-server.strategy.js';
import { UndiciUipTransport } from '../uip/undici-uip-transport.js';
import { platformDocument } from './platform-documentation.js';

/** Where customers send to. */
const PATH = '/dave/io';
const ADMIN_HOST = '127.0.0.1';
const CONNECTIONS = 12;
/** Connections to one server: as many as there are pushes, for accounts that share a server must not wait for each other. */
const PUSH_CONNECTIONS = 256;
const PUSH_ANSWER_BYTES = 64 * 1024;

/** What the role is made of. */
@Module({})
export class PlatformRoleModule {
  static register(runtime: Runtime, clock: () => number): DynamicModule {
    const { sandbox } = runtime.config;
    return {
      module: PlatformRoleModule,
      imports: [
        RuntimeModule.register(runtime, 'platform', CONNECTIONS),
        PartitionsModule.register('platform'),
        JobsModule,
        CertificatesModule.register([
          ...certificateFiles('PLATFORM', runtime.tls.platform),
          ...certificateFiles('PLATFORM_PUSH', runtime.tls.pushClient),
        ]),
        CertificateExpiryModule,
        PlatformModule.register({ sandbox, transport: () => reportTransport(runtime, clock) }),
      ],
    };
  }
}

/**
 * The role `platform`: CloudSMS itself. Customers on one listener, over UIP and mutual TLS; operators on another, over HTTP
 * on loopback; both are one application (contract.md 1, 5).
 *
 * @throws ConfigError, ApplicationError in lines that say what to do
 */
export async function startPlatform(runtime: Runtime): Promise<RunningRole> {
  await seedSandbox(runtime);
  const late: { clock?: Clock; accounts?: AccountDirectory } = {};
  const now = (): number => late.clock?.now() ?? Date.now();
  const strategy = new UipServerStrategy({
    ...listenerOptions(runtime),
    now,
    admits: (address) => late.accounts?.admits(address) === true,
  });
  const admin = await startHttpApplication({
    module: PlatformRoleModule.register(runtime, now),
    logger: runtime.logger.child({ role: 'platform' }),
    address: {
      host: ADMIN_HOST,
      port: runtime.config.platform.adminPort,
      hostVariable: 'the admin host',
      portVariable: 'PLATFORM_ADMIN_PORT',
    },
    configure: (application) => {
      serveOpenApi(application, () => platformDocument(application));
      late.clock = application.get(Clock);
      late.accounts = application.get(AccountDirectory, { strict: false });
      application.connectMicroservice({ strategy }, { inheritAppConfig: false });
    },
  });
  await listen(admin, runtime.config.platform);
  runtime.addresses.platformAdminUrl = admin.url;
  runtime.addresses.platformUrl = `https://localhost:${strategy.port}${PATH}`;
  return { stop: () => admin.stop() };
}

/** The sandbox file's accounts, before anybody can ask for one. */
async function seedSandbox({ config, databases, secrets }: Runtime): Promise<void> {
  if (!config.sandbox || databases.platform === undefined) return;
  const database = new Database({ url: databases.platform, connections: 1, name: 'cloudsms start-up' });
  try {
    await seedAccounts(database, secrets, readSandboxFile(config.sandboxFile).accounts);
  } finally {
    await database.close();
  }
}

async function listen(admin: HttpApplication, { host, port }: Config['platform']): Promise<void> {
  const application: NestExpressApplication = admin.application;
  try {
    await application.startAllMicroservices();
  } catch (error) {
    await admin.stop();
    if (!isSystemError(error)) throw error;
    throw listenError(error, { host, port, hostVariable: 'PLATFORM_HOST', portVariable: 'PLATFORM_PORT' });
  }
}

function listenerOptions({ config, tls }: Runtime): UipServerOptions {
  const { platform, trustedProxies } = config;
  return {
    method: 'SMS_SEND_REQUEST',
    path: PATH,
    port: platform.port,
    host: platform.host,
    tls: { material: material(tls.platform, 'PLATFORM'), clientAuth: platform.clientAuth },
    ...(trustedProxies.length === 0 ? {} : { isTrustedProxy: new AddressList(trustedProxies).includes }),
  };
}

/** Pushes reports; outside of the sandbox never into an internal network, nor by plain HTTP. */
function reportTransport({ config, tls }: Runtime, now: () => number): UndiciUipTransport {
  return new UndiciUipTransport({
    tls: material(tls.pushClient, 'PLATFORM_PUSH'),
    allowPlainHttp: config.sandbox,
    connections: PUSH_CONNECTIONS,
    maxAnswerBytes: PUSH_ANSWER_BYTES,
    now,
    ...(config.sandbox ? {} : { permits: isPublicAddress }),
  });
}

function material({ cert, key, ca }: Runtime['tls']['platform'], prefix: string): TlsMaterial {
  return {
    cert: readPemFile(cert, `${prefix}_CERT`),
    key: readPemFile(key, `${prefix}_KEY`),
    ca: ca === undefined ? rootCertificates : readPemFile(ca, `${prefix}_CA`),
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
