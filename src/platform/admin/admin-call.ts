import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { createHash } from 'node:crypto';

import { ApplicationError } from '../../errors.js';
import { plainAddress } from '../../uip/domain/address.js';

/** A call of an operator that changes something: what is remembered of it besides what it asks for. */
export interface AdminCall {
  /** Undefined: the call came without an Idempotency-Key. */
  readonly idempotencyKey: string | undefined;
  /** SHA-256 of method, address and body. */
  readonly fingerprint: Buffer;
  readonly requestId: string;
  readonly remoteAddress: string;
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** The `AdminCall` as a parameter of a controller's method. @throws ApplicationError `invalid_idempotency_key` (malformed) */
export const CurrentCall = createParamDecorator((_: unknown, context: ExecutionContext): AdminCall => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  const body = request.body as unknown;
  return {
    idempotencyKey: keyOf(request.headers['idempotency-key']),
    fingerprint: createHash('sha256')
      .update(`${request.method} ${request.originalUrl}\n${body === undefined ? '' : JSON.stringify(body)}`)
      .digest(),
    requestId: String(http.getResponse<Response>().getHeader('X-Request-Id') ?? ''),
    remoteAddress: plainAddress(request.socket.remoteAddress ?? ''),
  };
});

function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && IDEMPOTENCY_KEY.test(header)) return header;
  const rule = 'must be 1 to 255 printable ASCII characters without blanks';
  throw new ApplicationError('malformed', 'invalid_idempotency_key', `Idempotency-Key ${rule}.`, {
    faults: [{ field: 'Idempotency-Key', rule }],
  });
}
