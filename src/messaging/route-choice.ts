import { type AppPolicy, checkRouteAllowed, defaultRouteOf, RouteNotAllowedError } from '../apps/domain/app-policy.js';
import type { RouteInfo, Routes } from './routes.js';

/**
 * The route that a request of an app takes: the one that it names, or the first that the app may use.
 * @throws UnknownRouteError, RouteNotAllowedError
 */
export async function chooseRoute(routes: Routes, name: string | undefined, policy: AppPolicy): Promise<RouteInfo> {
  const all = await routes.all();
  if (name === undefined) return defaultRouteOf(policy, all) ?? (await noDefault(routes, all));
  const route = await routes.find(name);
  checkRouteAllowed(policy, route.name, route.id === all[0]?.id);
  return route;
}

/** Either there is no route at all, or none of them is for this app. */
async function noDefault(routes: Routes, all: readonly RouteInfo[]): Promise<RouteInfo> {
  if (all.length > 0) throw new RouteNotAllowedError();
  return routes.find();
}
