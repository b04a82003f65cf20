import type { ApiKey } from './api-key.entity.js';
import type { App } from './app.entity.js';
import type { AuditEntry } from './audit-entry.entity.js';
import type { Scope } from './scope.js';

/** An app, as the API shows it. */
export class AppView {
  readonly id: number;
  readonly name: string;
  /** Numbers that look unassigned are refused. */
  readonly strictNumbers: boolean;
  /** What breaks sender rules and registration duties of a direction is refused. */
  readonly strictSenders: boolean;
  /** Names of routes, or `*`; empty: only the gateway's first. */
  readonly allowedRoutes: string[];
  /** Sender IDs, or `*`; empty: only the provider account's own. */
  readonly allowedSenders: string[];
  /** Country calling codes where the app's content and sender IDs are registered. */
  readonly registeredCountries: number[];
  /** Null: no limit. */
  readonly requestsPerSecond: number | null;
  /** Null: no limit. */
  readonly smsPerSecond: number | null;
  /** UTC, ISO 8601. */
  readonly createdAt: string;
}

/** A key, as the API shows it: never the key itself. */
export class ApiKeyView {
  readonly id: string;
  readonly appId: number;
  readonly name: string;
  readonly scopes: Scope[];
  readonly createdAt: string;
  /** From then on it is refused; null: never. */
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** A key that was just made. */
export class NewApiKeyView extends ApiKeyView {
  /** The key. It can't be shown again. */
  readonly key: string;
}

/** Who made a change. */
export class AuditActorView {
  readonly appId: number;
  readonly keyId: string;
}

/** A change, as the audit trail tells it. */
export class AuditEntryView {
  readonly id: string;
  readonly at: string;
  /** Null: the command line. */
  readonly by: AuditActorView | null;
  /** `X-Request-Id` of the request. */
  readonly requestId: string | null;
  /** Object and verb: `app.created`. */
  readonly action: string;
  readonly object: string;
  readonly objectId: string;
  /** The object before, without secrets; null: it was not there. */
  readonly before: object | null;
  /** The object after, without secrets; null: it is gone. */
  readonly after: object | null;
}

export function appView(app: App): AppView {
  const { id, name, strictNumbers, strictSenders, allowedRoutes, allowedSenders, registeredCountries } = app;
  const { requestsPerSecond, smsPerSecond, createdAt } = app;
  return {
    id,
    name,
    strictNumbers,
    strictSenders,
    allowedRoutes,
    allowedSenders,
    registeredCountries,
    requestsPerSecond,
    smsPerSecond,
    createdAt: createdAt.toISOString(),
  };
}

export function apiKeyView({ id, appId, name, scopes, createdAt, expiresAt, revokedAt }: ApiKey): ApiKeyView {
  return {
    id,
    appId,
    name,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}

export function auditEntryView(entry: AuditEntry): AuditEntryView {
  const { id, at, appId, keyId, requestId, action, object, objectId, before, after } = entry;
  return {
    id,
    at: at.toISOString(),
    by: appId === null || keyId === null ? null : { appId, keyId },
    requestId,
    action,
    object,
    objectId,
    before,
    after,
  };
}
