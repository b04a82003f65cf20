/** The steps of a run, in their order. Stored in reconciliation_run.phase: never renumber. */
export const RUN_PHASES = ['collect', 'match', 'judge_lines', 'judge_items', 'clean', 'finish'] as const;

/** A step of a run. */
export type RunPhase = (typeof RUN_PHASES)[number];

/** The code of a phase. */
export const PHASE_CODE = {
  collect: 0,
  match: 1,
  judge_lines: 2,
  judge_items: 3,
  clean: 4,
  finish: 5,
} as const satisfies Readonly<Record<RunPhase, number>>;

/** How far a run has come, in its own terms. */
export interface RunProgress {
  readonly phase: number;
  /** Share of the period's attempts that were looked through, 0..1. */
  readonly collected: number;
  /** Rows of the statement, and how many of them were matched and judged. */
  readonly lines: number;
  readonly linesMatched: number;
  readonly linesJudged: number;
  readonly items: number;
  readonly itemsJudged: number;
}

/** The share of its work that a run has done, 0..1: four passes, each by its own measure. */
export function progressOf(run: RunProgress): number {
  const passes = [
    run.phase > PHASE_CODE.collect ? 1 : run.collected,
    share(run.linesMatched, run.lines, run.phase > PHASE_CODE.match),
    share(run.linesJudged, run.lines, run.phase > PHASE_CODE.judge_lines),
    share(run.itemsJudged, run.items, run.phase > PHASE_CODE.judge_items),
  ];
  return Math.floor(passes.reduce((sum, pass) => sum + Math.min(1, Math.max(0, pass)), 0) * 250) / 1000;
}

function share(done: number, all: number, isOver: boolean): number {
  if (isOver) return 1;
  return all === 0 ? 0 : done / all;
}
