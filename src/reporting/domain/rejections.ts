/** Reports that are remembered of each route, how many it takes to judge one, and the share of rejections that stops it. */
const WINDOW = 100;
const ENOUGH = 20;
const TOO_MANY = 0.5;

/** A final report, as far as it says something about its route. */
export interface RouteReport {
  readonly routeId: number;
  readonly attemptId: string;
  /** LOCAL_REJECTED: the platform has accepted the SMS and then refused it itself. */
  readonly rejected: boolean;
}

/** What reports mean for routes. */
export interface RouteVerdicts {
  /** Most of their last reports are rejections. */
  readonly stop: readonly number[];
  /** The latest attempt of each route whose SMS was not rejected. */
  readonly served: readonly { readonly routeId: number; readonly attemptId: string }[];
}

/**
 * The last final reports of each route, as this process has applied them (design.md 3 rule 9): a balance that is spent or a
 * ROUTE_ID that does not exist shows in no ANSWER, only in reports.
 */
export class Rejections {
  private readonly recent = new Map<number, boolean[]>();

  /** Takes a batch in the order of its application. */
  note(reports: readonly RouteReport[]): RouteVerdicts {
    const served = new Map<number, string>();
    for (const { routeId, attemptId, rejected } of reports) {
      const recent = this.recent.get(routeId) ?? [];
      recent.push(rejected);
      if (recent.length > WINDOW) recent.shift();
      this.recent.set(routeId, recent);
      if (!rejected && attemptId > (served.get(routeId) ?? '')) served.set(routeId, attemptId);
    }
    const touched = new Set(reports.filter(({ rejected }) => rejected).map(({ routeId }) => routeId));
    return {
      stop: [...touched].filter((routeId) => this.isRejecting(routeId)),
      served: Array.from(served, ([routeId, attemptId]) => ({ routeId, attemptId })),
    };
  }

  /** A route has been opened again: what was before does not count. */
  forget(routeId: number): void {
    this.recent.delete(routeId);
  }

  private isRejecting(routeId: number): boolean {
    const recent = this.recent.get(routeId) ?? [];
    const rejected = recent.filter(Boolean).length;
    return recent.length >= ENOUGH && rejected >= recent.length * TOO_MANY;
  }
}
