import { Injectable } from '@nestjs/common';

import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { ApplicationError } from '../../errors.js';
import { money, toMoneyJson } from '../domain/money.js';
import { type LineFault, type NumberedRow, readPriceFile } from '../domain/price-file.js';
import { fromNow, timelineChanges, type TimelineVersion, withPrice } from '../domain/price-timeline.js';
import { Clock } from '../../clock/clock.js';
import { PriceBook } from '../price-book.js';
import type { Price } from '../price.entity.js';
import type { ImportPricesQuery } from './price.dto.js';
import { isoOrNull, type PriceChangeView, PriceImportView } from './price.view.js';
import { authorOf } from './price-changes.service.js';
import { RouteNames } from './route-names.js';
import { keyText, type PriceKey, readTimelines, storeTimelines, takeTurn, toVersion } from './stored-timeline.js';

/** Faults that an answer names at the most. */
const MAX_FAULTS = 1000;

/** What a file does to one key. */
interface KeyPlan {
  readonly key: PriceKey;
  readonly route: string | undefined;
  readonly stored: readonly Price[];
  after: readonly TimelineVersion[];
  /** By the time at which its price begins. */
  readonly lines: Map<number, number>;
  unchanged: number;
}

/** The file has faults: nothing of it was taken over. */
class PriceImportRefusedError extends ApplicationError {
  constructor(faults: readonly LineFault[]) {
    const all = [...faults].sort((one, other) => one.line - other.line);
    super(
      'rule',
      'price_import_refused',
      `${all.length} faults; nothing was changed. Line ${all[0].line}: ${all[0].rule}.`,
      {
        faults: all.slice(0, MAX_FAULTS).map(({ line, rule }) => ({ field: `line ${line}`, rule })),
      },
    );
  }
}

/** Takes a price list over from a file: all of it or nothing. */
@Injectable()
export class PriceImport {
  constructor(
    private readonly changes: Changes,
    private readonly book: PriceBook,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds a version for each row; rows of one country, route and currency in the order of their beginnings. Returns the JSON text of
   * what changed, or would change.
   * @throws ApplicationError `invalid_csv` (malformed), `price_import_refused` (rule) with every fault and its line
   */
  async import(
    request: ChangeRequest,
    { dryRun = false, replace = false }: ImportPricesQuery,
    file: string,
  ): Promise<string> {
    const { rows, faults } = readPriceFile(file);
    const text = await this.changes.create(request, async (change) => {
      const { manager } = change;
      await takeTurn(manager);
      const now = this.clock.now();
      const plans = planOf(rows, {
        faults: [...faults],
        routes: await RouteNames.read(manager),
        stored: await readTimelines(manager),
        replace,
        now,
      });
      const view = viewOf(plans, rows.length, dryRun);
      if (!dryRun) {
        await storeTimelines(manager, plans, authorOf(change));
        const { changes, ...counts } = view;
        await change.audit({ action: 'price.imported', id: 'file', after: { ...counts, changes: changes.length } });
      }
      return view;
    });
    this.book.forget();
    return text;
  }
}

interface PlanContext {
  readonly faults: LineFault[];
  readonly routes: RouteNames;
  readonly stored: ReadonlyMap<string, readonly Price[]>;
  readonly replace: boolean;
  readonly now: number;
}

/** @throws PriceImportRefusedError */
function planOf(rows: readonly NumberedRow[], context: PlanContext): KeyPlan[] {
  const { faults, now } = context;
  const plans = new Map<string, KeyPlan>();
  const inTime = [...rows].sort((one, other) => (one.from ?? now) - (other.from ?? now) || one.line - other.line);
  for (const row of inTime) {
    try {
      addRow(plans, row, context);
    } catch (error) {
      if (!(error instanceof ApplicationError)) throw error;
      const { field, rule } = error.faults[0] ?? { field: 'row', rule: error.message };
      faults.push({ line: row.line, rule: `${columnOf(field)} ${rule}` });
    }
  }
  if (faults.length > 0) throw new PriceImportRefusedError(faults);
  return [...plans.values()];
}

/** Adds a row to the plan of its key. @throws ApplicationError with the fault of the row */
function addRow(plans: Map<string, KeyPlan>, row: NumberedRow, { routes, stored, replace, now }: PlanContext): void {
  const { countryCode, currency, route } = row;
  const key: PriceKey = { countryCode, routeId: routes.idFor(route, currency), currency };
  const plan = plans.get(keyText(key)) ?? newPlan(key, route, stored.get(keyText(key)) ?? []);
  plans.set(keyText(key), plan);
  const from = row.from ?? fromNow(plan.stored.map(toVersion), now);
  const earlier = plan.lines.get(from);
  if (earlier !== undefined) throw again(earlier);
  const wish = { ...row, from, resume: false, replace };
  const after = withPrice(plan.after, wish, now);
  if (after === plan.after) plan.unchanged += 1;
  plan.after = after;
  plan.lines.set(from, row.line);
}

const newPlan = (key: PriceKey, route: string | undefined, stored: readonly Price[]): KeyPlan => ({
  key,
  route,
  stored,
  after: stored.map(toVersion),
  lines: new Map(),
  unchanged: 0,
});

function again(line: number): ApplicationError {
  const rule = `and what it is a price for are those of line ${line}`;
  return new ApplicationError('rule', 'price_overlaps', `validFrom ${rule}.`, {
    faults: [{ field: 'validFrom', rule }],
  });
}

/** The column of a member: `validFrom` is `valid_from`. */
const columnOf = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function viewOf(plans: readonly KeyPlan[], rows: number, dryRun: boolean): PriceImportView {
  const unchanged = plans.reduce((count, plan) => count + plan.unchanged, 0);
  return { dryRun, rows, unchanged, changes: plans.flatMap(changesOf) };
}

function changesOf({ key, route, stored, after, lines }: KeyPlan): PriceChangeView[] {
  const { added, ended } = timelineChanges(stored.map(toVersion), after);
  const shown = (version: TimelineVersion) => ({
    countryCode: key.countryCode,
    route: route ?? null,
    perSegment: toMoneyJson(money(version.perSegment, key.currency)),
    validFrom: new Date(version.from).toISOString(),
    validUntil: isoOrNull(version.until),
  });
  return [
    ...added.map((version) => ({ change: 'added' as const, line: lines.get(version.from), ...shown(version) })),
    ...ended.map((version) => ({
      change: version.until > version.from ? ('ended' as const) : ('withdrawn' as const),
      id: version.id,
      ...shown(version),
    })),
  ];
}
