import { Module } from '@nestjs/common';

import { Routes } from './routes.js';

/** The routes, for whoever sends or shows messages. */
@Module({ providers: [Routes], exports: [Routes] })
export class RoutesModule {}
