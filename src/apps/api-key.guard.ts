import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';

import { ACCESS, type Access } from './access.decorator.js';
import { Authorization } from './authorization.service.js';
import { setCaller } from './caller.js';

/**
 * Lets in who has a key with the scopes that the route names, and nobody to a route that names none: default deny. The
 * check at start (`AccessCheck`) sees to it that there is no such route.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authorization: Authorization,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const requestId = String(http.getResponse<Response>().getHeader('X-Request-Id') ?? '');
    setCaller(request, await this.authorization.admit(request.headers.authorization, access, requestId));
    return true;
  }
}
