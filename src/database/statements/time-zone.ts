import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

const USE = statement<object>('time_zone_use', 'select now() at time zone $1::text as local');

/** Fails with PostgreSQL's 22023 for a time zone that the database does not know. */
export async function useTimeZone(runner: StatementRunner, name: string): Promise<void> {
  await runner.run(USE, [name]);
}
