const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const QUARTER = 15 * MINUTE;

/**
 * When a quarter of an hour is recounted, by how long it is over: soon, so that a fault shows; when its reports have come; and
 * when corrections have ended too. `tiers` compares hours and days with their quarters.
 */
export const RECOUNT_STAGES = { soon: HOUR, reported: 2 * DAY, corrected: 9 * DAY } as const;
export type RecountStage = keyof typeof RECOUNT_STAGES;

/** Quarters before this, by its name, are recounted no more: their messages may be gone. */
export const SEALED = 'sealed';
/** The stage that compares tiers, day by day. */
export const TIERS = 'tiers';
const TIERS_LAG = 2 * DAY;

/** Periods of equal length, one after the other. */
export interface Walk {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/**
 * What a stage has to look at now: from where it stopped to what is over for long enough, at most `limit` steps.
 *
 * @param known how far it has come; undefined: never ran
 * @param first where the aggregates begin
 * @param sealed before this there is nothing to recount
 * @param now business time, milliseconds
 */
export function stageWalk(
  stage: RecountStage | typeof TIERS,
  { known, first, sealed }: { known: number | undefined; first: number; sealed: number | undefined },
  now: number,
  limit: number,
): Walk {
  const step = stage === TIERS ? DAY : QUARTER;
  const lag = stage === TIERS ? TIERS_LAG : RECOUNT_STAGES[stage];
  // Tiers are compared with each other, which needs no messages.
  const begin = Math.max(known ?? first, stage === TIERS ? 0 : (sealed ?? 0));
  const from = Math.floor(begin / step) * step;
  const to = Math.floor((now - lag) / step) * step;
  return { from, to: Math.max(from, Math.min(to, from + limit * step)), step };
}

/** The steps of a walk, in order. */
export function* stepsOf({ from, to, step }: Walk): Generator<{ readonly from: number; readonly to: number }> {
  for (let at = from; at < to; at += step) yield { from: at, to: Math.min(at + step, to) };
}
