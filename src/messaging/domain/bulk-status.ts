/** What a bulk is in, as it is stored. These stand in the database: never renumber. */
export const BulkStatus = {
  /** Rows are coming in; or an upload broke off, and can be taken up again. */
  loading: 0,
  /** All rows are there, and the bulk was not started: it was not to be, or its start was refused. */
  ready: 1,
  running: 2,
  paused: 3,
  /** All messages have left the queue; reports may still come. */
  done: 4,
  cancelled: 5,
  /** Nothing of it is sent: its file can't be read, or was sent before. */
  failed: 6,
  /** A dry run that is over. */
  checked: 7,
} as const;

/** A status as REST shows it. */
export type ShownBulkStatus = keyof typeof BulkStatus | 'scheduled';

/** What can be done to a bulk. */
export type BulkStep = 'pause' | 'resume' | 'cancel';

const { loading, ready, running, paused } = BulkStatus;

const STEPS: Readonly<Record<BulkStep, readonly number[]>> = {
  pause: [running],
  resume: [ready, paused],
  cancel: [loading, ready, running, paused],
};

/** Where a step leads; a bulk that is there already need not take it. */
const GOALS: Readonly<Record<BulkStep, number>> = {
  pause: paused,
  resume: running,
  cancel: BulkStatus.cancelled,
};

/** Whether a bulk in this status can take a step, has taken it, or neither. */
export function judgeStep(step: BulkStep, status: number): 'possible' | 'taken' | 'impossible' {
  if (STEPS[step].includes(status)) return 'possible';
  return GOALS[step] === status ? 'taken' : 'impossible';
}

const NAMES = new Map<number, keyof typeof BulkStatus>(
  Object.entries(BulkStatus).map(([name, code]) => [code, name as keyof typeof BulkStatus]),
);

/** @param waits whether it is to begin at a later time */
export function shownBulkStatus(status: number, waits: boolean): ShownBulkStatus {
  return status === running && waits ? 'scheduled' : (NAMES.get(status) ?? 'failed');
}
