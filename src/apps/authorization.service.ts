import { Injectable } from '@nestjs/common';

import { ApplicationError } from '../errors.js';
import { ApiKeys } from './api-keys.service.js';
import { type Caller, UnauthorizedError } from './caller.js';
import { RateLimits } from './rate-limits.service.js';
import type { Scope } from './scope.js';

const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;

/** The key is good, but not for this. */
export class InsufficientScopeError extends ApplicationError {
  constructor(missing: readonly string[]) {
    const needed = missing.length === 0 ? 'no key has' : `this key lacks: ${missing.join(', ')}`;
    super('forbidden', 'insufficient_scope', `This call needs a scope that ${needed}.`);
  }
}

/** Who a request is from, and whether he may ask for this. */
@Injectable()
export class Authorization {
  constructor(
    private readonly keys: ApiKeys,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Lets in who has a key with all the scopes, and counts the request against the rate of his app.
   * @param header `Authorization`
   * @param scopes undefined: nobody has them
   * @param requestId `X-Request-Id` of the answer
   * @throws UnauthorizedError, InsufficientScopeError, RateLimitedError, DatabaseUnavailableError
   */
  async admit(header: string | undefined, scopes: readonly Scope[] | undefined, requestId: string): Promise<Caller> {
    const [, key] = BEARER.exec(header ?? '') ?? [];
    const holder = key === undefined ? undefined : await this.keys.find(key);
    if (holder === undefined) throw new UnauthorizedError();
    const missing = scopes?.filter((scope) => !holder.scopes.has(scope));
    if (missing?.length !== 0) throw new InsufficientScopeError(missing ?? []);
    await this.limits.takeRequest(holder);
    return { ...holder, requestId };
  }
}
