import { ALL_APPS, type OptOutRow } from '../../database/statements/opt-out.js';

/** An opt-out as REST shows it. */
export class OptOutView {
  readonly id: string;
  /** All but the country and the last digits are hidden. */
  readonly number: string;
  /** `all`: from the messages of all apps. */
  readonly from: 'app' | 'all';
  readonly note: string;
  readonly createdAt: string;
  /** Id of the API key that it was made with. */
  readonly createdBy: string | null;
}

/** The answer to `POST /v1/opt-outs`. */
export class OptOutsAddedView {
  /** Numbers that are new to the list. */
  readonly added: number;
  /** Numbers that stood in it already. */
  readonly known: number;
}

/** A row of a file that could not be taken over. */
export class OptOutRowFaultView {
  /** The physical line on which it begins. */
  readonly line: number;
  readonly code: string;
  readonly reason: string;
}

/** The answer to `POST /v1/opt-outs/import`. */
export class OptOutImportView extends OptOutsAddedView {
  readonly rejected: number;
  /** The first 100 of them. */
  readonly faults: OptOutRowFaultView[];
}

/** What is known of a number. */
export class OptOutLookupView {
  readonly number: string;
  /** From all apps' messages, or from this app's, or both. */
  readonly optOuts: OptOutView[];
}

/** An opt-out as REST shows it. */
export function optOutView(row: OptOutRow): OptOutView {
  return {
    id: row.id,
    number: row.masked,
    from: row.app_id === ALL_APPS ? 'all' : 'app',
    note: row.note,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}
