import type { Transaction } from '../database.js';
import { statement } from '../statement.js';

const TAKE_TURN = statement<object>('take_turn', 'select pg_advisory_xact_lock($1::bigint)');

const UNHURRIED = statement<object>(
  'unhurried',
  `select set_config('statement_timeout', '60s', true), set_config('lock_timeout', '60s', true)`,
);

/**
 * Keeps out everybody else who takes the same lock, until the transaction ends. A statement of its own, before those that need
 * it: so they see what the one before has committed.
 * @param lock key of an advisory lock
 */
export async function takeTurn(transaction: Transaction, lock: number): Promise<void> {
  await transaction.run(TAKE_TURN, [lock]);
}

/** Gives each later statement of the transaction, and each wait for a lock, a minute: for what looks at much at once. */
export async function beUnhurried(transaction: Transaction): Promise<void> {
  await transaction.run(UNHURRIED, []);
}
