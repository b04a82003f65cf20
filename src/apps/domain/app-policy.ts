import { ApplicationError } from '../../errors.js';

/** In `allowedRoutes` or `allowedSenders`: all of them. */
export const ANY = '*';

/** What an app may do beyond its keys' scopes, and how strict it wants to be taken. */
export interface AppPolicy {
  /** Numbers that look unassigned are refused, not warned about. */
  readonly strictNumbers: boolean;
  /** Unmet sender and registration duties (protocol.md 8) are refused, not warned about. */
  readonly strictSenders: boolean;
  /** Names of routes, or `*`; empty: only the default one. */
  readonly allowedRoutes: readonly string[];
  /** Sender IDs, or `*`; empty: only the default of the provider account. */
  readonly allowedSenders: readonly string[];
  /** Country calling codes where content and sender ID of the app are registered, so that nobody need be warned. */
  readonly registeredCountries: readonly number[];
  /** Null: no limit. */
  readonly requestsPerSecond: number | null;
  /** Null: no limit. */
  readonly smsPerSecond: number | null;
}

/** A policy under which nothing is refused: the sandbox's own app has it. */
export const UNRESTRICTED: AppPolicy = {
  strictNumbers: false,
  strictSenders: false,
  allowedRoutes: [ANY],
  allowedSenders: [ANY],
  registeredCountries: [],
  requestsPerSecond: null,
  smsPerSecond: null,
};

/** The app may not use the route; or, where the request names none, any. */
export class RouteNotAllowedError extends ApplicationError {
  constructor() {
    super('forbidden', 'route_not_allowed', 'This app may not use this route.', {
      faults: [{ field: 'route', rule: 'must be one that the app may use' }],
    });
  }
}

/**
 * The route that an app's message without `route` takes, of all routes in their order: the first that it may use.
 * Undefined: there is none.
 */
export function defaultRouteOf<Route extends { readonly name: string }>(
  policy: AppPolicy,
  routes: readonly Route[],
): Route | undefined {
  if (policy.allowedRoutes.length === 0) return routes[0];
  return routes.find(({ name }) => mayUse(policy.allowedRoutes, name));
}

/**
 * Refuses a route that the app may not use.
 * @param byDefault whether it is the first of all
 * @throws RouteNotAllowedError
 */
export function checkRouteAllowed(policy: AppPolicy, route: string, byDefault: boolean): void {
  const { allowedRoutes } = policy;
  if (mayUse(allowedRoutes, route) || (allowedRoutes.length === 0 && byDefault)) return;
  throw new RouteNotAllowedError();
}

/**
 * Refuses a sender ID that the app may not use. To name none is always allowed.
 * @throws ApplicationError `sender_not_allowed` (forbidden)
 */
export function checkSenderAllowed(policy: AppPolicy, sender: string | undefined): void {
  if (sender === undefined || mayUse(policy.allowedSenders, sender)) return;
  throw new ApplicationError('forbidden', 'sender_not_allowed', 'This app may not use this sender ID.', {
    faults: [{ field: 'from', rule: 'must be one that the app may use' }],
  });
}

function mayUse(allowed: readonly string[], name: string): boolean {
  return allowed.includes(ANY) || allowed.includes(name);
}
