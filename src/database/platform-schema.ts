import type { MigrationInterface } from 'typeorm';

import { Platform1790000000001 } from '../../migrations/platform/1790000000001-platform.js';

/** The platform's migrations, oldest first. */
export const PLATFORM_MIGRATIONS: (new () => MigrationInterface)[] = [Platform1790000000001];

/** What TypeORM carries for the platform; traffic tables have no entity. */
export const PLATFORM_ENTITIES: (new () => object)[] = [];
