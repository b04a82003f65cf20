import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { Route } from './route.entity.js';
import { Routes } from './routes.js';

/** The routes, for whoever sends or shows messages. */
@Module({ imports: [TypeOrmModule.forFeature([Route])], providers: [Routes], exports: [Routes] })
export class RoutesModule {}
