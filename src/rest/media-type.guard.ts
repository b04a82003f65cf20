import { type CanActivate, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Request } from 'express';

import { problem, ProblemException } from './problem.js';

const BODY_TYPES = 'cloudsms:body-types';
const JSON_TYPES = ['application/json', 'application/*+json'];

/** The Content-Types of bodies that a route takes, where it is not JSON. */
export const BodyTypes = (...types: readonly string[]) => SetMetadata(BODY_TYPES, types);

/** Refuses bodies of a type that the route does not take: 415, before they are mistaken for no body at all. */
export class MediaTypeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (!hasBody(request)) return true;
    const named = Reflect.getMetadata(BODY_TYPES, context.getHandler()) as readonly string[] | undefined;
    const types = named ?? JSON_TYPES;
    if (typeof request.is([...types]) === 'string') return true;
    const accepted = types.filter((type) => !type.includes('*')).join(' or ');
    throw new ProblemException(problem(415, 'unsupported_media_type', `Send Content-Type: ${accepted}.`));
  }
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}
