import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

const FIND_TEMPLATE = statement<{ text: string }>(
  'find_template',
  'select text from template where id = $1 and app_id = $2',
);

/** The text of an app's template; undefined: the app has no such. */
export async function findTemplate(runner: StatementRunner, appId: number, id: string): Promise<string | undefined> {
  const [row] = await runner.run(FIND_TEMPLATE, [id, appId]);
  return row?.text;
}
