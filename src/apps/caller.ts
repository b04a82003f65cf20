import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

import { ApplicationError } from '../errors.js';
import type { AppPolicy } from './domain/app-policy.js';
import type { Scope } from './scope.js';

/** What a valid key stands for. */
export interface KeyHolder {
  readonly appId: number;
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** What the app may do, and how strict it wants to be taken. */
  readonly policy: AppPolicy;
}

/** Who asks: the app whose key came with the request. Every query is bounded to it. */
export interface Caller extends KeyHolder {
  /** `X-Request-Id` of the request. */
  readonly requestId: string;
}

const callers = new WeakMap<Request, Caller>();

/** Notes who sent a request; for the guard alone. */
export function setCaller(request: Request, caller: Caller): void {
  callers.set(request, caller);
}

/**
 * Who sent a request.
 * @throws ApplicationError `unauthorized` on a route that asks for no key
 */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new UnauthorizedError();
  return caller;
}

/** Nobody knows who asks. The same answer whatever is wrong with the key. */
export class UnauthorizedError extends ApplicationError {
  constructor() {
    super('unauthorized', 'unauthorized', 'Send a valid key: Authorization: Bearer KEY.');
  }
}

/** The `Caller` as a parameter of a controller's method. */
export const CurrentApp = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<Request>()),
);
