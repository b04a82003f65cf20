import type { MigrationInterface } from 'typeorm';

/** The platform's migrations, oldest first. */
export const PLATFORM_MIGRATIONS: (new () => MigrationInterface)[] = [];

/** What TypeORM carries for the platform; traffic tables have no entity. */
export const PLATFORM_ENTITIES: (new () => object)[] = [];
