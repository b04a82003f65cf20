import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';

import { auditEntryOf, auditStatement } from '../../apps/audit-trail.js';
import type { Caller } from '../../apps/caller.js';
import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Clock } from '../../clock/clock.js';
import { Database, type StatementRunner } from '../../database/database.js';
import { addOptOuts, findOptOuts, listOptOuts, removeOptOut } from '../../database/statements/opt-out.js';
import type { Statement } from '../../database/statement.js';
import { ApplicationError } from '../../errors.js';
import { csvLine } from '../../rest/csv.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { isUuidv7, uuidv7 } from '../../uuid.js';
import { readCsvRows } from '../bulk/reading/csv-rows.js';
import type { Charset } from '../bulk/reading/decode.js';
import { readRecipients } from '../domain/compose.js';
import { isStorableText } from '../domain/encoding.js';
import { isNumberFault, maskNumber, parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.js';
import type { AddOptOutsDto } from './opt-out.dto.js';
import {
  type OptOutImportView,
  type OptOutLookupView,
  type OptOutRowFaultView,
  type OptOutsAddedView,
  optOutView,
  type OptOutView,
} from './opt-out.view.js';
import { OptOutCheck } from './opt-out-check.js';
import { OptOutSeals } from './opt-out-seals.js';

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
/** Rows of an import's commit, and of what an export reads at a time. */
const BATCH = 1000;
const MAX_FAULTS = 100;

const cursors = new Cursors(
  'opt-outs',
  (position: Position): position is [string] => typeof position[0] === 'string' && isUuidv7(position[0]),
);

/** The number has not opted out, as far as the asker may know. */
export class OptOutNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'opt_out_not_found', 'This number is not in the list.');
  }
}

interface Wanted {
  readonly number: PhoneNumber;
  readonly note: string;
}

/** The lists of those who are not to be written to: one an app, and one for all apps (`ALL_APPS`). */
@Injectable()
export class OptOuts {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    private readonly seals: OptOutSeals,
    private readonly check: OptOutCheck,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds numbers to a list. Returns JSON text.
   * @throws ApplicationError `malformed_number` (malformed), `impossible_number`, `unstorable_text` (rule)
   */
  async add(request: ChangeRequest, listId: number, { to, note = '' }: AddOptOutsDto): Promise<string> {
    checkNote(note);
    const wanted = readRecipients(to).map((number) => ({ number, note }));
    const answer = await this.changes.create(request, (change) => {
      const runner: StatementRunner = {
        run: <Row extends object>({ text }: Statement<Row>, parameters: readonly unknown[]) =>
          change.manager.query<Row[]>(text, [...parameters]),
      };
      return this.store(runner, request.caller, listId, wanted, change.now);
    });
    this.check.forget();
    return answer;
  }

  /** The list, in the order in which numbers came. */
  async list(listId: number, { limit, cursor }: PageQuery): Promise<Page<OptOutView>> {
    const [after = LOWEST_ID] = cursors.decode(cursor) ?? [];
    const rows = await listOptOuts(this.database, listId, after, limit + 1);
    return cursors.page(rows, limit, ({ id }) => [id], optOutView);
  }

  /**
   * The opt-outs of a number that concern a list: its own, and the one from all apps.
   * @throws OptOutNotFoundError, ApplicationError for a number that can't be read
   */
  async find(listId: number, text: string): Promise<OptOutLookupView> {
    const number = readNumber(text);
    const rows = await findOptOuts(this.database, listId, this.seals.hash(number));
    if (rows.length === 0) throw new OptOutNotFoundError();
    return { number: maskNumber(number.e164), optOuts: rows.map(optOutView) };
  }

  /** Takes a number off a list. @throws OptOutNotFoundError, ApplicationError for a number that can't be read */
  async remove(caller: Caller, listId: number, text: string): Promise<void> {
    const hash = this.seals.hash(readNumber(text));
    const now = this.clock.now();
    await this.database.transaction(async (transaction) => {
      const removed = await removeOptOut(transaction, listId, hash);
      if (removed === undefined) throw new OptOutNotFoundError();
      const before = { list: listId, createdAt: removed.created_at.toISOString(), createdBy: removed.created_by };
      await auditStatement(
        transaction,
        auditEntryOf(caller, { action: 'opt-out.removed', id: String(hash), before }, now),
      );
    });
  }

  /**
   * Adds the numbers of a CSV file: the column `to`, and `note` where there is one. Rows that are no numbers are told, and the others
   * are taken over.
   * @throws BulkFileError the file can't be read; what was read before stays
   */
  async import(caller: Caller, listId: number, body: Readable, charset: Charset): Promise<OptOutImportView> {
    const totals = { added: 0, known: 0, rejected: 0 };
    const faults: OptOutRowFaultView[] = [];
    let batch: Wanted[] = [];
    const commit = async (): Promise<void> => {
      const wanted = batch;
      batch = [];
      const { added, known } = await this.database.transaction((transaction) =>
        this.store(transaction, caller, listId, wanted, this.clock.now()),
      );
      totals.added += added;
      totals.known += known;
    };
    const mapping = { to: 'to', variables: new Map<string, string>() };
    for await (const row of readCsvRows(body, { charset, delimiter: ',', mapping, required: [] })) {
      if (row.kind === 'header') continue;
      const wanted = row.kind === 'faulty' ? row.fault : wantedOf(row.to, row.lookup('note') ?? '');
      if ('code' in wanted) {
        totals.rejected += 1;
        if (faults.length < MAX_FAULTS) faults.push({ line: row.line, code: wanted.code, reason: wanted.rule });
      } else if (batch.push(wanted) === BATCH) await commit();
    }
    if (batch.length > 0) await commit();
    this.check.forget();
    return { ...totals, faults };
  }

  /** The list as lines of CSV, which an import takes back; read as they are asked for. */
  async *export(listId: number): AsyncGenerator<string> {
    yield csvLine(['to', 'note', 'created_at', 'created_by']);
    for (let after = LOWEST_ID; ;) {
      const rows = await listOptOuts(this.database, listId, after, BATCH);
      const last = rows.at(-1);
      if (last === undefined) return;
      const numbers = await Promise.all(rows.map(({ sealed }) => this.seals.open(sealed)));
      // Without the plus, which spreadsheets take for the beginning of a formula.
      yield rows
        .map((row, index) => csvLine([numbers[index].slice(1), row.note, row.created_at.toISOString(), row.created_by]))
        .join('');
      after = last.id;
    }
  }

  private async store(
    runner: StatementRunner,
    caller: Caller,
    listId: number,
    wanted: readonly Wanted[],
    at: number,
  ): Promise<OptOutsAddedView> {
    const byHash = new Map(wanted.map((one) => [this.seals.hash(one.number), one]));
    const random = randomBytes(10 * byHash.size);
    const optOuts = await Promise.all(
      [...byHash].map(async ([numberHash, { number, note }], index) => ({
        id: uuidv7(Date.now(), random, index * 10),
        numberHash,
        masked: maskNumber(number.e164),
        sealed: await this.seals.seal(number.e164),
        note,
      })),
    );
    const added = await addOptOuts(runner, { appId: listId, keyId: caller.keyId, at }, optOuts);
    // Numbers stand in the trail by their keyed hash.
    const after = { list: listId, numbers: Array.from(added, String) };
    if (added.size > 0)
      await auditStatement(runner, auditEntryOf(caller, { action: 'opt-out.added', id: listId, after }, at));
    return { added: added.size, known: byHash.size - added.size };
  }
}

/** A number as it stands in a path, or in a file that has been through a spreadsheet: the plus may be missing. */
function withPlus(text: string): string {
  const bare = text.trim().replace(/^'/, '');
  return bare.startsWith('+') ? bare : `+${bare}`;
}

function readNumber(text: string): PhoneNumber {
  const [number] = readRecipients([withPlus(text)]);
  if (number === undefined) throw new OptOutNotFoundError();
  return number;
}

function wantedOf(to: unknown, note: string): Wanted | { code: string; rule: string } {
  const number = parsePhoneNumber(typeof to === 'string' ? withPlus(to) : to);
  if (isNumberFault(number)) return { code: number.code, rule: `to ${number.rule}` };
  if (!isStorableText(note)) return { code: 'unstorable_text', rule: 'note must not contain NUL or half a pair' };
  return { number, note };
}

function checkNote(note: string): void {
  if (isStorableText(note)) return;
  throw new ApplicationError('rule', 'unstorable_text', 'note must not contain NUL or half of a surrogate pair.');
}
