import { type MessageDemand, sortDemands } from '../billing/caps/spend-reservations.js';
import { formatAmount, parseAmount } from '../billing/domain/money.js';
import type { Database } from '../database/database.js';
import { DatabaseUnavailableError } from '../database/database-error.js';
import { accept, type SubmissionRow } from '../database/statements/accept.js';

/** What became of a submission: it was stored, its idempotency key was taken, or why not. */
export type StoreOutcome = 'stored' | 'replayed' | Error;

/** How often those that seem to fit are tried together; after that each is tried alone. */
const ROUNDS = 4;
/** How often one alone is tried while others take what it was to have. */
const TURNS = 25;

/**
 * Stores submissions, as many of them as fit the spend caps of their apps. Where those of an app do not fit together, what fits by
 * what is left is tried again, since others may have been faster, and the rest is refused: nothing is refused that would have fitted
 * at the moment of looking.
 *
 * @returns for each what became of it, in their order
 * @throws what the first statement throws: nothing of any was stored
 */
export async function storeSubmissions(database: Database, rows: readonly SubmissionRow[]): Promise<StoreOutcome[]> {
  const outcomes = new Map<string, StoreOutcome>();
  let short = await tryTogether(database, rows, outcomes);
  const last = ROUNDS + TURNS * rows.length;
  for (let round = 1; short.length > 0 && round <= last; round += 1) {
    // From here on some are stored: a failure is told to those alone whom it is about.
    const [batch, rest] = round < ROUNDS ? [short, []] : [short.slice(0, 1), short.slice(1)];
    const fitting = await sortShort(database, batch, outcomes);
    short = [...(await tryAgain(database, fitting, outcomes)), ...rest];
  }
  for (const { id } of short) outcomes.set(id, new DatabaseUnavailableError(undefined));
  return rows.map(({ id }) => outcomes.get(id) ?? 'stored');
}

/** @returns those of apps whose submissions do not fit together */
async function tryTogether(
  database: Database,
  rows: readonly SubmissionRow[],
  outcomes: Map<string, StoreOutcome>,
): Promise<readonly SubmissionRow[]> {
  const { replayed, refused } = await accept(database, rows);
  for (const id of replayed) outcomes.set(id, 'replayed');
  return refused.size === 0 ? [] : rows.filter(({ id }) => refused.has(id));
}

async function tryAgain(
  database: Database,
  rows: readonly SubmissionRow[],
  outcomes: Map<string, StoreOutcome>,
): Promise<readonly SubmissionRow[]> {
  try {
    return rows.length === 0 ? [] : await tryTogether(database, rows, outcomes);
  } catch (error) {
    return failed(rows, error, outcomes);
  }
}

/** @returns those that fit by what is left */
async function sortShort(
  database: Database,
  rows: readonly SubmissionRow[],
  outcomes: Map<string, StoreOutcome>,
): Promise<readonly SubmissionRow[]> {
  try {
    const { retry, refused } = await sortDemands(database, rows, demandOf);
    for (const { item, error } of refused) outcomes.set(item.id, error);
    return retry;
  } catch (error) {
    return failed(rows, error, outcomes);
  }
}

function failed(rows: readonly SubmissionRow[], error: unknown, outcomes: Map<string, StoreOutcome>): readonly [] {
  const told = error instanceof Error ? error : new Error(String(error));
  for (const { id } of rows) outcomes.set(id, told);
  return [];
}

function demandOf({ appId, currency, cost, createdAt, segments, holds }: SubmissionRow): MessageDemand {
  const messages = holds.map(({ amount, quantity }) => (parseAmount(amount) * BigInt(segments)) / BigInt(quantity));
  const least = messages.reduce((one, other) => (other < one ? other : one), parseAmount(cost));
  return { appId, currency, cost, at: createdAt, leastMessage: formatAmount(least) };
}
