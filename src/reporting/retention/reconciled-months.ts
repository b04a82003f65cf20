import { Injectable } from '@nestjs/common';

/**
 * Port: whether the provider's statement of a month has been held against ours. Messages of a month that has not are kept, since
 * reconciliation needs them.
 */
export abstract class ReconciledMonths {
  /** @param month `yyyy-mm`, of UTC+8 as statements are */
  abstract isReconciled(month: string): Promise<boolean>;
}

/** The default where nobody reconciles: no month waits for it. */
@Injectable()
export class NoReconciliation extends ReconciledMonths {
  isReconciled(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
