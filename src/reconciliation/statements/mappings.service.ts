import { Injectable } from '@nestjs/common';

import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Database } from '../../database/database.js';
import { FIND_MAPPING, LIST_MAPPINGS, type MappingRow } from '../../database/statements/reconcile-query.js';
import type { FieldFault } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { PLATFORM_FORMAT, type StatementMapping } from '../domain/statement-mapping.js';
import { isTimeFormat, isTimeZone } from '../domain/statement-time.js';
import { MappingExistsError, MappingNotFoundError } from '../reconciliation.errors.js';
import type { CreateMappingDto, MappingView } from './mapping.dto.js';

const MAX_STATES = 200;
const MAX_STATE = 0x7fff_ffff;

const cursors = new Cursors(
  'statement mappings',
  (position: Position): position is [string] => position.length === 1 && typeof position[0] === 'string',
);

/** How other providers' files are read. A mapping never changes: who needs another one gives it another name. */
@Injectable()
export class Mappings {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  /** Stores a mapping. Returns the JSON text of its view. @throws InvalidRequestError, MappingExistsError */
  create(request: ChangeRequest, dto: CreateMappingDto): Promise<string> {
    const definition = definitionOf(dto);
    return this.changes.create(request, async (change) => {
      const [stored] = await change.manager.query<MappingRow[]>(
        `insert into statement_mapping (name, definition, created_at) values ($1, $2, $3) on conflict do nothing
         returning name, definition, created_at`,
        [dto.name, JSON.stringify(definition), new Date(change.now)],
      );
      if (stored === undefined) throw new MappingExistsError();
      const view = viewOf(stored);
      await change.audit({ action: 'statement_mapping.created', id: dto.name, after: view });
      return view;
    });
  }

  /** All mappings, by name. */
  async list({ limit, cursor }: PageQuery): Promise<Page<MappingView>> {
    const [after = ''] = cursors.decode(cursor) ?? [];
    const rows = await this.database.run(LIST_MAPPINGS, [after, limit + 1]);
    return cursors.page(rows, limit, ({ name }) => [name], viewOf);
  }

  /** @throws MappingNotFoundError */
  async find(name: string): Promise<MappingView> {
    return viewOf(await this.row(name));
  }

  /**
   * How a file is read.
   * @param name undefined: our platform's format
   * @throws MappingNotFoundError
   */
  async definition(name: string | undefined): Promise<StatementMapping> {
    if (name === undefined) return PLATFORM_FORMAT;
    return (await this.row(name)).definition as StatementMapping;
  }

  private async row(name: string): Promise<MappingRow> {
    const [row] = await this.database.run(FIND_MAPPING, [name]);
    if (row === undefined) throw new MappingNotFoundError();
    return row;
  }
}

function definitionOf(dto: CreateMappingDto): StatementMapping {
  const { timeFormat = PLATFORM_FORMAT.timeFormat, timeZone = PLATFORM_FORMAT.timeZone } = dto;
  const faults: FieldFault[] = [];
  const demand = (holds: boolean, field: string, rule: string): void => {
    if (!holds) faults.push({ field, rule });
  };
  const { columns } = dto;
  demand(isTimeFormat(timeFormat), 'timeFormat', 'must be iso8601, or have YYYY, MM, DD, HH and mm, each once');
  demand(isTimeZone(timeZone), 'timeZone', 'must be Z, an offset such as +08:00, or a name such as Asia/Shanghai');
  const national = columns.countryCode !== undefined && columns.msisdn !== undefined;
  demand((columns.number !== undefined) !== national, 'columns', 'must name either number, or countryCode and msisdn');
  demand((columns.currency === undefined) !== (dto.currency === undefined), 'currency', 'must be given, or its column');
  demand(areStates(dto.states), 'states', `must be at most ${MAX_STATES} words, each with an SMS_STATE`);
  if (faults.length > 0) throw new InvalidRequestError(faults);
  return {
    columns,
    delimiter: dto.delimiter ?? ',',
    timeFormat,
    timeZone,
    decimalMark: dto.decimalMark ?? '.',
    currency: dto.currency,
    states: dto.states,
    listsUnbilled: dto.listsUnbilled ?? false,
  };
}

function areStates(states: Readonly<Record<string, unknown>> | undefined): boolean {
  const values = Object.values(states ?? {});
  const isState = (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_STATE;
  return values.length <= MAX_STATES && values.every(isState);
}

function viewOf({ name, definition, created_at: createdAt }: MappingRow): MappingView {
  const mapping = definition as StatementMapping;
  return {
    name,
    columns: mapping.columns,
    delimiter: mapping.delimiter,
    timeFormat: mapping.timeFormat,
    timeZone: mapping.timeZone,
    decimalMark: mapping.decimalMark,
    currency: mapping.currency ?? null,
    states: mapping.states ?? null,
    listsUnbilled: mapping.listsUnbilled,
    createdAt: createdAt.toISOString(),
  };
}
