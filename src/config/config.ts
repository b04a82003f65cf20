import { validateSync } from 'class-validator';
import fs from 'node:fs';
import path from 'node:path';

import { type Environment, readEnvironment, type Role, ROLES } from './environment.js';

/** File paths of a certificate, its key, and the authority that the other side's certificate must come from. */
export interface TlsFiles {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

export type ClientAuth = 'require' | 'request' | 'none';

/**
 * The whole configuration, validated and frozen: what contract.md 3 names, with defaults applied. Absent members mean
 * "what the sandbox makes itself": the embedded database, the development certificates, derived keys.
 * This class is its own injection token.
 */
export abstract class Config {
  abstract readonly sandbox: boolean;
  abstract readonly roles: ReadonlySet<Role>;
  /** Absolute path. */
  abstract readonly dataDir: string;
  abstract readonly sandboxFile: string;
  abstract readonly gatewayDatabaseUrl: string | undefined;
  abstract readonly platformDatabaseUrl: string | undefined;
  /** 32 bytes; undefined: generated into `dataDir`. */
  abstract readonly secretsKey: Buffer | undefined;
  abstract readonly trustedProxies: readonly string[];
  abstract readonly logLevel: string;
  abstract readonly api: {
    readonly host: string;
    readonly port: number;
    readonly tls: Required<Pick<TlsFiles, 'cert' | 'key'>> | undefined;
  };
  abstract readonly callback: {
    readonly host: string;
    readonly port: number;
    /** Of the plain HTTP listener for probes; undefined: none. */
    readonly healthPort: number | undefined;
    readonly tls: boolean;
    readonly clientAuth: ClientAuth;
    readonly allowedAddresses: readonly string[];
    readonly files: TlsFiles;
  };
  abstract readonly platform: {
    readonly host: string;
    readonly port: number;
    readonly adminPort: number;
    readonly adminKey: string | undefined;
    readonly clientAuth: 'require' | 'request';
    readonly files: TlsFiles;
    /** What the platform shows to, and demands of, the callback servers of its customers. */
    readonly pushFiles: TlsFiles;
  };
  abstract readonly uip: {
    readonly url: string | undefined;
    readonly files: TlsFiles;
    readonly authKey: string | undefined;
    readonly connections: number;
    /** Milliseconds from the first byte to the end of the ANSWER. */
    readonly answerTimeout: number;
    /** Minutes east of UTC in which TIME is written (protocol.md 2). */
    readonly utcOffset: number;
  };
  abstract readonly webhooks: {
    /** Addresses and ranges beside the public Internet that webhooks may lead to. */
    readonly allowedNetworks: readonly string[];
    /** File of authorities that are trusted beside Node's own. */
    readonly ca: string | undefined;
  };
  /** Milliseconds for which events and webhook deliveries are kept, at the least. */
  abstract readonly eventRetention: number;
  /** Milliseconds for which a message without `validUntil` stays worth sending. */
  abstract readonly defaultValidity: number;
  /** The time that the database was restored to, in milliseconds; undefined: it was not. */
  abstract readonly afterRestore: number | undefined;
  /** Messages of one app that may wait to be sent. */
  abstract readonly queueLimit: number;
  /** Days for which the gateway remembers (docs/retention.md); 0: for ever. */
  abstract readonly retention: {
    /** After the last message of a submission has ended. */
    readonly textDays: number;
    /** After the last message of a submission has ended; of reports, after their receipt. */
    readonly numberDays: number;
    /** After the end of the week in which messages were accepted. */
    readonly partitionDays: number;
  };
}

/** The environment is wrong: one readable line per fault. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `30s`, `24h` and the like (`ms`, `s`, `m`, `h`, `d`); undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

const PRODUCTION_CALLBACK_ADDRESSES = ['223.119.32.232', '223.119.32.134', '223.119.32.139', '223.119.32.250'];
const TEST_CALLBACK_ADDRESS = '223.119.32.160';
const MIN_EVENT_RETENTION = 4 * 86_400_000;
const LOOPBACK = ['127.0.0.0/8', '::1'];

/** The provider's published callback addresses (protocol.md 1); the test one only when we send to the test port. */
function callbackAddresses(env: Environment, sandbox: boolean): readonly string[] {
  if (env.CALLBACK_ALLOWED_ADDRESSES !== undefined) return env.CALLBACK_ALLOWED_ADDRESSES;
  if (sandbox) return LOOPBACK;
  const testPort = env.UIP_URL !== undefined && new URL(env.UIP_URL).port === '61815';
  return testPort ? [...PRODUCTION_CALLBACK_ADDRESSES, TEST_CALLBACK_ADDRESS] : PRODUCTION_CALLBACK_ADDRESSES;
}

const isLoopbackHost = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Faults that need more than one variable to see. */
function crossFaults(env: Environment, sandbox: boolean, roles: ReadonlySet<Role>): string[] {
  const faults: string[] = [];
  if (env.SECRETS_KEY !== undefined && Buffer.from(env.SECRETS_KEY, 'base64').length !== 32) {
    faults.push('SECRETS_KEY must be exactly 32 bytes, base64: for example the output of "openssl rand -base64 32"');
  }
  if ((env.API_TLS_CERT === undefined) !== (env.API_TLS_KEY === undefined)) {
    faults.push('API_TLS_CERT and API_TLS_KEY must be set together');
  }
  if (env.CALLBACK_TLS === 'off' && (env.TRUSTED_PROXIES ?? []).length === 0) {
    faults.push('CALLBACK_TLS=off needs TRUSTED_PROXIES: the addresses of the TLS proxy in front');
  }
  if (env.AFTER_RESTORE !== undefined && Date.parse(env.AFTER_RESTORE) > Date.now()) {
    faults.push('AFTER_RESTORE is the time that the database was restored to: it can not lie ahead');
  }
  if ((parseDuration(env.EVENT_RETENTION ?? '14d') ?? 0) < MIN_EVENT_RETENTION)
    faults.push('EVENT_RETENTION must be at least 4d: webhooks are tried for three days');
  if (env.ROLES !== undefined && env.ROLES.length === 0) faults.push(`ROLES must name one of ${ROLES.join(', ')}`);
  if (sandbox) return faults;
  return [...faults, ...productionFaults(env, roles)];
}

function productionFaults(env: Environment, roles: ReadonlySet<Role>): string[] {
  const faults: string[] = [];
  const need = (names: readonly (keyof Environment)[], why: string) => {
    for (const name of names) if (env[name] === undefined) faults.push(`${name} is required in production: ${why}`);
  };
  need(['SECRETS_KEY'], 'it encrypts secrets at rest');
  if (roles.has('api') || roles.has('callback') || roles.has('worker'))
    need(['DATABASE_URL'], 'the gateway keeps its messages there');
  if (roles.has('worker'))
    need(['UIP_URL', 'UIP_CA', 'UIP_CERT', 'UIP_KEY', 'UIP_AUTH_KEY'], 'the worker sends with it');
  if (roles.has('callback') && env.CALLBACK_TLS !== 'off') {
    need(['CALLBACK_CERT', 'CALLBACK_KEY'], 'the callback listener is HTTPS');
    if (env.CALLBACK_CLIENT_AUTH !== 'none') need(['CALLBACK_CA'], 'the platform shows a certificate');
  }
  if (roles.has('platform')) {
    need(
      ['PLATFORM_DATABASE_URL', 'PLATFORM_CERT', 'PLATFORM_KEY', 'PLATFORM_CA', 'PLATFORM_ADMIN_KEY'],
      'the platform runs on it',
    );
  }
  if (env.UIP_URL?.startsWith('http:') === true) faults.push('UIP_URL must be https: in production');
  const host = env.API_HOST ?? '127.0.0.1';
  if (roles.has('api') && !isLoopbackHost(host) && env.API_TLS_CERT === undefined && env.API_BEHIND_PROXY !== '1') {
    faults.push(
      `API_HOST=${host} needs API_TLS_CERT and API_TLS_KEY in production, or API_BEHIND_PROXY=1 behind a TLS proxy`,
    );
  }
  return faults;
}

function utcOffset(text: string): number {
  const [hours = 0, minutes = 0] = text.slice(1).split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function freezeDeep<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Buffer.isBuffer(member) && !(member instanceof Set))
      freezeDeep(member);
  }
  return Object.freeze(value);
}

function apiConfig(env: Environment): Config['api'] {
  const { API_TLS_CERT: cert, API_TLS_KEY: key } = env;
  return {
    host: env.API_HOST ?? '127.0.0.1',
    port: env.API_PORT ?? 3000,
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
  };
}

function callbackConfig(env: Environment, sandbox: boolean): Config['callback'] {
  return {
    host: env.CALLBACK_HOST ?? (sandbox ? '127.0.0.1' : '0.0.0.0'),
    port: env.CALLBACK_PORT ?? 3443,
    healthPort: env.CALLBACK_HEALTH_PORT,
    tls: env.CALLBACK_TLS !== 'off',
    clientAuth: env.CALLBACK_CLIENT_AUTH ?? 'require',
    allowedAddresses: callbackAddresses(env, sandbox),
    files: { cert: env.CALLBACK_CERT, key: env.CALLBACK_KEY, ca: env.CALLBACK_CA },
  };
}

function platformConfig(env: Environment, sandbox: boolean): Config['platform'] {
  return {
    host: env.PLATFORM_HOST ?? (sandbox ? '127.0.0.1' : '0.0.0.0'),
    port: env.PLATFORM_PORT ?? 1815,
    adminPort: env.PLATFORM_ADMIN_PORT ?? 3815,
    adminKey: env.PLATFORM_ADMIN_KEY,
    clientAuth: env.PLATFORM_CLIENT_AUTH ?? 'require',
    files: { cert: env.PLATFORM_CERT, key: env.PLATFORM_KEY, ca: env.PLATFORM_CA },
    pushFiles: { cert: env.PLATFORM_PUSH_CERT, key: env.PLATFORM_PUSH_KEY, ca: env.PLATFORM_PUSH_CA },
  };
}

/** None of our own networks, but for a sandbox's own machine; `none` leaves that out too. */
function webhookNetworks({ WEBHOOK_ALLOWED_NETWORKS: given }: Environment, sandbox: boolean): readonly string[] {
  if (given !== undefined) return given.filter((range) => range !== 'none');
  return sandbox ? LOOPBACK : [];
}

function uipConfig(env: Environment): Config['uip'] {
  return {
    url: env.UIP_URL,
    files: { cert: env.UIP_CERT, key: env.UIP_KEY, ca: env.UIP_CA },
    authKey: env.UIP_AUTH_KEY,
    connections: env.UIP_CONNECTIONS ?? 16,
    answerTimeout: parseDuration(env.UIP_ANSWER_TIMEOUT ?? '30s') ?? 30_000,
    utcOffset: utcOffset(env.UIP_TIME_ZONE ?? '+08:00'),
  };
}

/**
 * Validates the environment and applies the defaults of contract.md 3.
 * @param shippedSandboxFile the sandbox file that comes with the project
 * @throws ConfigError with one line per fault
 */
export function loadConfig(
  variables: Readonly<Record<string, string | undefined>>,
  shippedSandboxFile: string,
): Config {
  const env = readEnvironment(variables);
  const sandbox = env.NODE_ENV !== 'production';
  const roles = new Set<Role>(env.ROLES ?? (sandbox ? ROLES : ['api', 'callback', 'worker']));
  const invalid = validateSync(env).flatMap((fault) => Object.values(fault.constraints ?? {}));
  if (invalid.length > 0) throw new ConfigError(invalid);
  const crossed = crossFaults(env, sandbox, roles);
  if (crossed.length > 0) throw new ConfigError(crossed);
  const sandboxFile = path.resolve(env.SANDBOX_FILE ?? shippedSandboxFile);
  if (env.SANDBOX_FILE !== undefined && !fs.existsSync(sandboxFile))
    throw new ConfigError([`SANDBOX_FILE ${sandboxFile} does not exist`]);
  return freezeDeep({
    sandbox,
    roles,
    dataDir: path.resolve(env.DATA_DIR ?? '.data'),
    sandboxFile,
    gatewayDatabaseUrl: env.DATABASE_URL,
    platformDatabaseUrl: env.PLATFORM_DATABASE_URL,
    secretsKey: env.SECRETS_KEY === undefined ? undefined : Buffer.from(env.SECRETS_KEY, 'base64'),
    trustedProxies: env.TRUSTED_PROXIES ?? [],
    logLevel: env.LOG_LEVEL ?? 'info',
    api: apiConfig(env),
    callback: callbackConfig(env, sandbox),
    platform: platformConfig(env, sandbox),
    uip: uipConfig(env),
    webhooks: { allowedNetworks: webhookNetworks(env, sandbox), ca: env.WEBHOOK_CA },
    eventRetention: parseDuration(env.EVENT_RETENTION ?? '14d') ?? 14 * 86_400_000,
    defaultValidity: parseDuration(env.DEFAULT_VALIDITY ?? '24h') ?? 86_400_000,
    afterRestore: env.AFTER_RESTORE === undefined ? undefined : Date.parse(env.AFTER_RESTORE),
    queueLimit: env.QUEUE_LIMIT ?? 5_000_000,
    retention: {
      textDays: env.RETENTION_TEXT_DAYS ?? 30,
      numberDays: env.RETENTION_NUMBER_DAYS ?? 180,
      partitionDays: env.RETENTION_PARTITION_DAYS ?? 400,
    },
  });
}
