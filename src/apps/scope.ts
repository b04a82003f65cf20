/** What a scope allows, and how far it reaches: the app of its key alone, or the whole installation. */
interface ScopeMeaning {
  readonly allows: string;
  readonly reach: 'app' | 'installation';
}

/**
 * Every scope there is. No scope implies another, and a route names each that it needs. Those that reach the whole
 * installation are for operators: what they open belongs to no app.
 */
export const SCOPE_MEANINGS = {
  'messages:send': { allows: 'send, preview and cancel messages; start and steer bulk jobs', reach: 'app' },
  'messages:read': { allows: 'read messages, bulk jobs, and the feed of events', reach: 'app' },
  'templates:manage': { allows: 'create, change and remove templates', reach: 'app' },
  'opt-outs:manage': { allows: 'add, remove, import and export opt-outs of the app', reach: 'app' },
  'reports:read': { allows: 'read counts, rates and times to delivery', reach: 'app' },
  'webhooks:manage': { allows: 'manage webhook endpoints; read and replay their deliveries', reach: 'app' },
  'billing:read': { allows: 'read prices, usage and statements', reach: 'app' },
  'billing:manage': { allows: 'change prices and spend caps', reach: 'installation' },
  'reconciliation:manage': { allows: "hold the provider's statements against ours", reach: 'installation' },
  admin: { allows: 'manage apps, keys and routes; read the audit trail', reach: 'installation' },
} as const satisfies Readonly<Record<string, ScopeMeaning>>;

/** What a key allows its bearer to do. */
export type Scope = keyof typeof SCOPE_MEANINGS;

/** Every scope there is. */
export const SCOPES = Object.keys(SCOPE_MEANINGS) as readonly Scope[];

/** Whether a text is a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPE_MEANINGS, text);
}
