import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';

import { ACCESS } from './access.decorator.js';

/** Stops the start when a route says neither `@Scopes(...)` nor `@Public()`, so that none is forgotten. */
@Injectable()
export class AccessCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const undecided = this.discovery.getControllers().flatMap(({ metatype }) => this.undecidedRoutes(metatype));
    if (undecided.length > 0) {
      throw new Error(`these routes name neither @Scopes(...) nor @Public(): ${undecided.join(', ')}`);
    }
  }

  private undecidedRoutes(controller: unknown): string[] {
    if (typeof controller !== 'function') return [];
    const prototype = controller.prototype as Record<string, unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (typeof handler !== 'function' || Reflect.getMetadata(PATH_METADATA, handler) === undefined) return [];
      if (this.reflector.getAllAndOverride(ACCESS, [handler, controller as new () => unknown]) !== undefined) return [];
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
      return [`${method} ${controller.name}.${name}`];
    });
  }
}
