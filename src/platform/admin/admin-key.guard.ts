import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { timingSafeEqual } from 'node:crypto';

import { Config } from '../../config/config.js';
import { platformAdminKey } from '../../config/platform-admin-key.js';
import { Secrets } from '../../config/secrets.js';
import { ApplicationError } from '../../errors.js';

const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;
const PUBLIC = /^\/(docs|health)\b/;

/** Lets the platform's operators in, and nobody else: `Authorization: Bearer` with the admin key. */
@Injectable()
export class AdminKeyGuard implements CanActivate {
  private readonly digest: Buffer;

  constructor(
    config: Config,
    private readonly secrets: Secrets,
  ) {
    this.digest = secrets.digestKey(platformAdminKey(config, secrets));
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (PUBLIC.test(request.path)) return true;
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    // Digests are compared, in constant time: neither length nor content of the key shows in how long it takes.
    if (key !== undefined && timingSafeEqual(this.secrets.digestKey(key), this.digest)) return true;
    throw new ApplicationError('unauthorized', 'unauthorized', 'Send the admin key: Authorization: Bearer KEY.');
  }
}
