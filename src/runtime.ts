import type { Logger } from 'pino';

import type { Config, TlsFiles } from './config/config.js';
import type { Secrets } from './config/secrets.js';

/** Where this process's roles listen, filled in as they start (a port of 0 is chosen by the system). */
export interface Addresses {
  apiUrl?: string;
  platformAdminUrl?: string;
  /** Ends in /dr. */
  callbackUrl?: string;
  /** Where the callback role answers probes; absent: nowhere. */
  callbackHealthUrl?: string | undefined;
  /** Ends in /dave/io. */
  platformUrl?: string;
}

/** File paths, complete: from the environment, or the development ones. */
export interface TlsMaterial {
  readonly callback: TlsFiles;
  readonly platform: TlsFiles;
  /** What the gateway shows to the platform, and the authority it demands. */
  readonly uipClient: TlsFiles;
  /** What the platform shows to callback servers, and the authority it demands (undefined: the system's). */
  readonly pushClient: TlsFiles;
}

/** What the roles of one process share: prepared once by main.ts, before any role starts. */
export interface Runtime {
  readonly config: Config;
  readonly logger: Logger;
  readonly secrets: Secrets;
  readonly tls: TlsMaterial;
  /** Database URLs of the halves; undefined when no role of this process needs it. */
  readonly databases: { readonly gateway: string | undefined; readonly platform: string | undefined };
  readonly addresses: Addresses;
}

/** A role that runs. */
export interface RunningRole {
  /** Takes no more work, finishes what is under way, closes. */
  stop(): Promise<void>;
}
