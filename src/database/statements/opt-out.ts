import type { StatementRunner } from '../database.js';
import { plainArray, statement, textArray } from '../statement.js';

/** `app_id` of an opt-out from the messages of all apps. */
export const ALL_APPS = 0;

const ANY = statement<{ any: boolean }>('opt_out_any', 'select exists (select from opt_out) as any');
const AMONG = statement<{ number_hash: string }>(
  'opt_out_among',
  `select distinct o.number_hash::text from unnest($2::bigint[]) as h(hash)
   join opt_out o on o.number_hash = h.hash and o.app_id in (${ALL_APPS}, $1)`,
);

/** Whether anybody has opted out of anything. */
export async function anyOptOut(runner: StatementRunner): Promise<boolean> {
  return (await runner.run(ANY, []))[0]?.any ?? false;
}

/** Those of some numbers' hashes that have opted out of an app's messages. */
export async function optedOutAmong(
  runner: StatementRunner,
  appId: number,
  hashes: readonly bigint[],
): Promise<ReadonlySet<bigint>> {
  const rows = await runner.run(AMONG, [appId, plainArray(hashes)]);
  return new Set(rows.map(({ number_hash: hash }) => BigInt(hash)));
}

/** A number that is to be left alone. */
export interface NewOptOut {
  /** UUIDv7. */
  readonly id: string;
  readonly numberHash: bigint;
  /** For people: all but the last digits are hidden. */
  readonly masked: string;
  /** The E.164 number, sealed. */
  readonly sealed: Buffer;
  readonly note: string;
}

/** An opt-out as it is stored. */
export interface OptOutRow {
  readonly id: string;
  readonly app_id: number;
  readonly number_hash: string;
  readonly masked: string;
  readonly sealed: Buffer;
  readonly note: string;
  readonly created_at: Date;
  readonly created_by: string | null;
}

const COLUMNS = 'id::text, app_id, number_hash::text, masked, sealed, note, created_at, created_by';

const ADD = statement<{ number_hash: string }>(
  'opt_out_add',
  `insert into opt_out (id, app_id, number_hash, masked, sealed, note, created_at, created_by)
   select o.id, $1, o.number_hash, o.masked, decode(o.sealed, 'hex'), o.note, $2, $3
   from unnest($4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[]) as o(id, number_hash, masked, sealed, note)
   order by o.number_hash
   on conflict do nothing returning number_hash::text`,
);

/** Adds opt-outs; a number that is there already stays as it is. No number may stand twice. @returns the hashes that are new */
export async function addOptOuts(
  runner: StatementRunner,
  by: { readonly appId: number; readonly keyId: string; readonly at: number },
  optOuts: readonly NewOptOut[],
): Promise<ReadonlySet<bigint>> {
  const rows = await runner.run(ADD, [
    by.appId,
    new Date(by.at).toISOString(),
    by.keyId,
    plainArray(optOuts.map(({ id }) => id)),
    plainArray(optOuts.map(({ numberHash }) => numberHash)),
    textArray(optOuts.map(({ masked }) => masked)),
    plainArray(optOuts.map(({ sealed }) => sealed.toString('hex'))),
    textArray(optOuts.map(({ note }) => note)),
  ]);
  return new Set(rows.map(({ number_hash: hash }) => BigInt(hash)));
}

const REMOVE = statement<OptOutRow>(
  'opt_out_remove',
  `delete from opt_out where app_id = $1 and number_hash = $2 returning ${COLUMNS}`,
);
const FIND = statement<OptOutRow>(
  'opt_out_find',
  `select ${COLUMNS} from opt_out where number_hash = $2 and app_id in (${ALL_APPS}, $1) order by app_id`,
);
const LIST = statement<OptOutRow>(
  'opt_out_list',
  `select ${COLUMNS} from opt_out where app_id = $1 and id > $2 order by id limit $3`,
);

/** Removes an opt-out. @returns undefined: there was none */
export async function removeOptOut(
  runner: StatementRunner,
  appId: number,
  numberHash: bigint,
): Promise<OptOutRow | undefined> {
  return (await runner.run(REMOVE, [appId, String(numberHash)]))[0];
}

/** The opt-outs of a number from an app's messages: the one from all apps' first, then the app's own. */
export function findOptOuts(runner: StatementRunner, appId: number, numberHash: bigint): Promise<OptOutRow[]> {
  return runner.run(FIND, [appId, String(numberHash)]);
}

/** Opt-outs in the order in which they were made, after an id. */
export function listOptOuts(
  runner: StatementRunner,
  appId: number,
  after: string,
  limit: number,
): Promise<OptOutRow[]> {
  return runner.run(LIST, [appId, after, limit]);
}
