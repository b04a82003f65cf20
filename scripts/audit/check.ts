/** Something that must hold of the books, and the query for what does not. */
export interface Check {
  readonly name: string;
  /** What holds, as a sentence. */
  readonly says: string;
  /** Counts what is looked at. */
  readonly looksAt: string;
  /** One row a finding: its columns name the rows that are at fault. */
  readonly finds: string;
}

/** A row that is at fault, and what it says. */
export type Finding = Readonly<Record<string, string | number | null>>;

/** What became of a check. */
export interface CheckResult {
  readonly name: string;
  readonly says: string;
  readonly lookedAt: number;
  /** All of them; `findings` shows the first. */
  readonly found: number;
  readonly findings: readonly Finding[];
}

/** What an audit found. */
export interface AuditResult {
  /** Whether nothing was found. */
  readonly clean: boolean;
  /** The moment, by the database's clock, that everything was looked at. */
  readonly at: string;
  readonly checks: readonly CheckResult[];
}
