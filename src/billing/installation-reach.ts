import { AppNotFoundError } from '../apps/app.service.js';
import { InsufficientScopeError } from '../apps/authorization.service.js';
import type { Caller } from '../apps/caller.js';
import type { StatementRunner } from '../database/database.js';
import { statement } from '../database/statement.js';

const FIND_APP = statement<{ id: number }>('billing_find_app', 'select id from app where name = $1');

/** Whether a key's books are those of the whole installation: it may change prices, or administer apps. */
export function seesAllBooks({ scopes }: Caller): boolean {
  return scopes.has('billing:manage') || scopes.has('admin');
}

/**
 * The app whose books a request is for, by its name.
 * @param name undefined: not said
 * @returns undefined when none was named
 * @throws InsufficientScopeError another app's, for a key of one app
 * @throws AppNotFoundError
 */
export async function namedApp(
  runner: StatementRunner,
  caller: Caller,
  name: string | undefined,
): Promise<number | undefined> {
  if (name === undefined) return undefined;
  const [app] = await runner.run(FIND_APP, [name]);
  if (!seesAllBooks(caller) && app?.id !== caller.appId) throw new InsufficientScopeError(['billing:manage']);
  if (app === undefined) throw new AppNotFoundError();
  return app.id;
}
