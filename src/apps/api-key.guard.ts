import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';

import { ApplicationError } from '../errors.js';
import { ACCESS, type Access } from './access.decorator.js';
import { ApiKeys } from './api-keys.service.js';
import { setCaller, UnauthorizedError } from './caller.js';
import { RateLimits } from './rate-limits.service.js';

const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;

/**
 * Lets in who has a key with the scopes that the route names, and nobody to a route that names none: default deny. The
 * check at start (`AccessCheck`) sees to it that there is no such route.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const [, key] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    const caller = key === undefined ? undefined : await this.keys.find(key);
    if (caller === undefined) throw new UnauthorizedError();
    const missing = access?.filter((scope) => !caller.scopes.has(scope));
    if (missing?.length !== 0) throw new InsufficientScopeError(missing ?? []);
    await this.limits.takeRequest(caller);
    const requestId = String(http.getResponse<Response>().getHeader('X-Request-Id') ?? '');
    setCaller(request, { ...caller, requestId });
    return true;
  }
}

/** The key is good, but not for this. */
export class InsufficientScopeError extends ApplicationError {
  constructor(missing: readonly string[]) {
    const needed = missing.length === 0 ? 'no key has' : `this key lacks: ${missing.join(', ')}`;
    super('forbidden', 'insufficient_scope', `This call needs a scope that ${needed}.`);
  }
}
