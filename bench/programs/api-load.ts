import { randomUUID } from 'node:crypto';

import { postRequest } from '../support/http-connection.js';
import { type LoadResult, runLoad } from '../support/load.js';
import { serve } from '../support/program.js';
import { benchNumber } from '../support/sandbox.js';

const TEXT = 'Your order has left our house and will be with you tomorrow before noon.';

/** Requests of `POST /v1/messages`. */
export interface ApiRequests {
  /** Scheme, host and port. */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly requests: number;
  readonly recipients: number;
}

let target = '';
let prepared: Buffer[] = [];

const commands = {
  /** Makes the requests ready, so that their making takes nothing from what is measured. */
  prepare({ apiUrl, apiKey, requests, recipients }: ApiRequests): void {
    target = `${apiUrl}/v1/messages`;
    prepared = Array.from({ length: requests }, (_, request) => {
      const to = Array.from({ length: recipients }, (_, index) => benchNumber(request * recipients + index));
      return postRequest(target, JSON.stringify({ to, text: TEXT }), {
        Authorization: `Bearer ${apiKey}`,
        'Idempotency-Key': randomUUID(),
      });
    });
  },

  /** Sends what is ready; every answer must be 202. */
  run({ connections }: { connections: number }): Promise<LoadResult> {
    return runLoad({
      target: { url: target },
      requests: prepared,
      connections,
      fault: ({ status }) => (status === 202 ? undefined : 'not accepted'),
    });
  },
};

export type ApiLoadCommands = typeof commands;

serve(commands);
