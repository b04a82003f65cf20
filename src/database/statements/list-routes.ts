import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** A route as it is stored, without what sending changes. */
export interface RouteRow {
  readonly id: number;
  readonly name: string;
  readonly currency: string;
  readonly segmentsPerSecond: number;
}

const LIST = statement<RouteRow>(
  'list_routes',
  `select id, name, currency, segments_per_second as "segmentsPerSecond" from route order by position`,
);

/** All routes, the default one first. */
export function listRoutes(runner: StatementRunner): Promise<RouteRow[]> {
  return runner.run(LIST, []);
}
