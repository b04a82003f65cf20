import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { MESSAGE_COLUMNS, MESSAGE_JOINS, type MessageRow } from './message-columns.js';

// `+ 0`: the key is the way to one message, not the index on an app's numbers.
const FIND = statement<MessageRow>(
  'message_find',
  `select ${MESSAGE_COLUMNS}
   from (select * from message where submission_id = $1 and ordinal = $2 and app_id + 0 = $3) found
   ${MESSAGE_JOINS}`,
);

/** One message of an app; undefined when there is none, or it is another's. */
export async function findMessage(
  runner: StatementRunner,
  key: { readonly submissionId: string; readonly ordinal: number },
  appId: number,
): Promise<MessageRow | undefined> {
  const [row] = await runner.run(FIND, [key.submissionId, key.ordinal, appId]);
  return row;
}
