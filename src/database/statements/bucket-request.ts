import { plainArray, textArray, timestamp } from '../statement.js';

/** Which buckets are wanted, and what they are to be grouped by. Times in milliseconds of business time. */
export interface BucketRequest<Dimension extends string> {
  readonly from: number;
  readonly to: number;
  /** The same period, cut by tier. */
  readonly pieces: readonly { readonly tier: number; readonly from: number; readonly to: number }[];
  /** Undefined: all apps. */
  readonly appId: number | undefined;
  readonly groupBy: readonly Dimension[];
  readonly timeZone: string;
  /** Rows at the most. */
  readonly limit: number;
}

/** The nine parameters of a statement that reads buckets, in the order of the request. */
export function bucketParameters<Dimension extends string>(request: BucketRequest<Dimension>): unknown[] {
  const { pieces } = request;
  return [
    plainArray(pieces.map(({ tier }) => tier)),
    textArray(pieces.map(({ from }) => timestamp(from))),
    textArray(pieces.map(({ to }) => timestamp(to))),
    timestamp(request.from),
    timestamp(request.to),
    request.appId ?? null,
    plainArray(request.groupBy),
    request.timeZone,
    request.limit,
  ];
}
