/** Attempts in a row without an ANSWER after which a route is in question again. */
const SILENT_ATTEMPTS = 3;

/** How an attempt ended, as far as it says something about its route. */
export type RouteNews = 'answered' | 'in_doubt' | 'not_sent';

/**
 * Which routes this process may send by at full speed (design.md 3 rule 9). TLS 1.3 shows a refused client certificate only
 * after the request, so that a send by a route that nobody has answered on is a send into the unknown: it is one packet of
 * one number, and the next one only after its outcome. The first ANSWER, whatever it says, proves the route. Some attempts
 * in a row that end in doubt put it in question again.
 */
export class RouteProofs {
  private readonly silent = new Map<number, number>();
  private readonly underWay = new Set<number>();

  /** Routes at full speed. */
  get proven(): readonly number[] {
    return [...this.silent].filter(([, attempts]) => attempts < SILENT_ATTEMPTS).map(([routeId]) => routeId);
  }

  /** Routes in question whose probe has no outcome yet. */
  get probing(): readonly number[] {
    return [...this.underWay];
  }

  /** A probe has been claimed. */
  onProbe(routeId: number): void {
    this.underWay.add(routeId);
  }

  /** An attempt has ended. */
  onOutcome(routeId: number, probe: boolean, news: RouteNews): void {
    if (probe) this.underWay.delete(routeId);
    if (news === 'answered') this.silent.set(routeId, 0);
    else if (news === 'in_doubt') this.silent.set(routeId, (this.silent.get(routeId) ?? SILENT_ATTEMPTS) + 1);
  }
}

/**
 * How many packets of the normal lane go before those of the high one: one in ten of all that are claimed, however few a
 * claim takes.
 */
export class NormalShare {
  private claimed = 0;

  /** To be kept in the next claim. */
  get kept(): number {
    return Math.floor(this.claimed / PACKETS_A_NORMAL_ONE);
  }

  /** Tells what a claim has brought. What nobody waits for is not saved up beyond one claim's worth. */
  onClaim(packets: number, normal: number): void {
    const credit = this.claimed + packets - normal * PACKETS_A_NORMAL_ONE;
    this.claimed = Math.min(Math.max(credit, 0), LARGEST_CREDIT);
  }
}

const PACKETS_A_NORMAL_ONE = 10;
const LARGEST_CREDIT = 100;
