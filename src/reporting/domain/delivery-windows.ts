/** Deliveries under way in a process at the most. */
const OVERALL = 64;
/** Of these, those to endpoints whose last delivery failed: whoever hangs can't take the others' places. */
const DOUBTFUL = 32;
const FIRST = 4;
const WIDEST = 16;

/** What a process has under way to one endpoint, and how much it may have. */
interface Window {
  width: number;
  inFlight: number;
}

/**
 * How many deliveries may be begun: each endpoint has a window that opens with every success and shuts to one with a failure,
 * within bounds for all of them together.
 */
export class DeliveryWindows {
  private readonly windows = new Map<string, Window>();
  private inFlight = 0;

  /** Room of each endpoint of which something is known. */
  rooms(): { readonly endpointId: string; readonly room: number }[] {
    const doubtful = [...this.windows.values()].filter(isDoubtful).reduce((sum, { inFlight }) => sum + inFlight, 0);
    return Array.from(this.windows, ([endpointId, window]) => ({
      endpointId,
      room: isDoubtful(window) && doubtful >= DOUBTFUL ? 0 : Math.max(0, window.width - window.inFlight),
    }));
  }

  /** Room of an endpoint of which nothing is known. */
  get firstRoom(): number {
    return FIRST;
  }

  /** Room of all endpoints together. */
  get room(): number {
    return OVERALL - this.inFlight;
  }

  begin(endpointId: string): void {
    this.inFlight += 1;
    const window = this.windows.get(endpointId) ?? { width: FIRST, inFlight: 0 };
    window.inFlight += 1;
    this.windows.set(endpointId, window);
  }

  /** A delivery is over. */
  end(endpointId: string, succeeded: boolean): void {
    this.inFlight -= 1;
    const window = this.windows.get(endpointId);
    if (window === undefined) return;
    window.inFlight -= 1;
    window.width = succeeded ? Math.min(WIDEST, window.width + 1) : 1;
    // Back to what an unknown one has: nothing to remember.
    if (window.inFlight === 0 && window.width >= FIRST) this.windows.delete(endpointId);
  }
}

function isDoubtful({ width }: Window): boolean {
  return width < FIRST;
}
