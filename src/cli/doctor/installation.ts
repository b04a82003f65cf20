import path from 'node:path';

import { type Config, ConfigError, type TlsFiles } from '../../config/config.js';
import { developmentCertificates } from '../../config/development-certificates.js';
import { loadProcessConfig } from '../../config/process-config.js';
import { runningDatabase } from '../../database/embedded-postgres-url.js';
import type { LocalFile } from '../../roles/local-file.js';
import { type Finding, Findings } from './finding.js';

/** What the doctor looks at: the configuration of the program here, and what follows from it. */
export interface Installation {
  readonly config: Config;
  /** Of the sandbox that runs here. */
  readonly local: LocalFile | undefined;
  /** Undefined: an embedded one that does not run. */
  readonly databaseUrl: string | undefined;
  readonly platformUrl: string;
  readonly tls: {
    /** What we show to the platform, and demand of it. */
    readonly uip: TlsFiles;
    readonly callback: TlsFiles;
    /** A client that the callback listener of a sandbox trusts. */
    readonly visitor: TlsFiles | undefined;
  };
}

/**
 * Reads the configuration.
 * @param local what a sandbox that runs here tells
 * @returns no installation where it is wrong: each fault is a finding
 */
export function readInstallation(local: LocalFile | undefined): {
  readonly installation: Installation | undefined;
  readonly findings: readonly Finding[];
} {
  const findings = new Findings('configuration');
  try {
    const config = loadProcessConfig();
    describe(config, findings);
    return { installation: installationOf(config, local), findings: findings.all };
  } catch (error) {
    const faults = error instanceof ConfigError ? error.faults : [String(error)];
    for (const fault of faults) findings.fail(fault, 'correct the variable: .env.example explains each');
    return { installation: undefined, findings: findings.all };
  }
}

/** What must not be seen in a report. */
export function secretsOf(installation: Installation | undefined): string[] {
  if (installation === undefined) return [];
  const { config, local, databaseUrl } = installation;
  const passwords = [databaseUrl, config.gatewayDatabaseUrl, config.platformDatabaseUrl].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url).password, decodeURIComponent(new URL(url).password)] : [],
  );
  return [
    ...passwords,
    config.uip.authKey,
    config.platform.adminKey,
    config.secretsKey?.toString('base64'),
    local?.apiKey,
    local?.authKey,
    local?.platformAdminKey,
  ].filter((secret) => secret !== undefined);
}

function installationOf(config: Config, local: LocalFile | undefined): Installation {
  const own = config.sandbox ? developmentCertificates(path.join(config.dataDir, 'certificates')) : undefined;
  const { uip, callback, platform, gatewayDatabaseUrl } = config;
  return {
    config,
    local,
    databaseUrl:
      gatewayDatabaseUrl ??
      (config.sandbox ? runningDatabase(path.join(config.dataDir, 'postgres'), 'gateway') : undefined),
    platformUrl: uip.url ?? local?.platformUrl ?? `https://localhost:${platform.port}/dave/io`,
    tls: {
      uip: withDefaults(uip.files, own && { ...own.gatewayClient, ca: own.ca }),
      callback: withDefaults(callback.files, own && { ...own.callback, ca: own.ca }),
      visitor: own && { ...own.scriptClient, ca: own.ca },
    },
  };
}

const withDefaults = (files: TlsFiles, own: TlsFiles | undefined): TlsFiles => ({
  cert: files.cert ?? own?.cert,
  key: files.key ?? own?.key,
  ca: files.ca ?? own?.ca,
});

function describe(config: Config, findings: Findings): void {
  const { sandbox, roles, uip, callback } = config;
  findings.ok(`valid; ${sandbox ? 'a sandbox' : 'production'}; roles ${[...roles].join(', ')}`);
  findings.ok(
    `UIP_AUTH_KEY ${uip.authKey === undefined ? 'is not set' : `has ${uip.authKey.length} characters`}; ` +
      `${uip.connections} connections, ${uip.answerTimeout / 1000} s for an ANSWER`,
  );
  if (sandbox) return;
  if (uip.url !== undefined && new URL(uip.url).port === '61815')
    findings.warn("UIP_URL leads to the provider's test platform", 'for production its port is 1815');
  if (callback.tls && callback.clientAuth !== 'require') {
    const advice = 'set it to require as soon as the provider shows a certificate';
    findings.warn(`CALLBACK_CLIENT_AUTH=${callback.clientAuth}: addresses alone keep strangers out`, advice);
  }
}
