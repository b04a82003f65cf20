import type { NewReport } from './domain/incoming-report.js';

/**
 * Port: where received reports go. The ANSWER to a packet leaves after `store` has resolved, and the platform never pushes it
 * again: so whoever replaces this must have the reports safe by then.
 */
export abstract class ReportSink {
  /**
   * Stores the entries of one packet: all or none.
   *
   * @throws ApplicationError of kind `unavailable` or `overload` when they can't be stored now; they may or may not have
   *   been stored, and storing them again does no harm
   */
  abstract store(reports: readonly NewReport[]): Promise<void>;
}
