import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

import { ACCESS_EXTENSION } from '../rest/access-extension.js';
import type { Scope } from './scope.js';

/** What a route or its controller says about who may call it. */
export type Access = 'public' | readonly Scope[];

/** Metadata key under which `Access` stands. */
export const ACCESS = 'cloudsms:access';

/** Callers need a key with all of these scopes. A method's own word replaces its controller's. */
export const Scopes = (...scopes: readonly [Scope, ...Scope[]]) =>
  applyDecorators(SetMetadata(ACCESS, scopes), ApiExtension(ACCESS_EXTENSION, scopes));

/** Anybody may call: health, metrics, documentation. */
export const Public = () => SetMetadata(ACCESS, 'public');

/** The scopes that a method of a controller asks for. @throws Error for a public one, and one that names none */
export function scopesOf<Controller extends object>(
  controller: new (...dependencies: never[]) => Controller,
  name: keyof Controller,
): readonly Scope[] {
  const handler = controller.prototype[name] as object;
  const access = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller)) as
    Access | undefined;
  if (access === undefined || access === 'public') throw new Error(`${String(name)} asks for no scopes`);
  return access;
}
