import { parseDuration } from '../config/config.js';
import { ApplicationError } from '../errors.js';

const YEAR = 366 * 86_400_000;

/**
 * Milliseconds by which a sandbox's clock is to be moved.
 * @throws ApplicationError `clock_step_too_large` (rule) beyond a year
 */
export function parseAdvance(by: string): number {
  const milliseconds = parseDuration(by) ?? 0;
  if (milliseconds <= YEAR) return milliseconds;
  const rule = 'must be at most a year';
  throw new ApplicationError('rule', 'clock_step_too_large', `by ${rule}.`, { faults: [{ field: 'by', rule }] });
}
