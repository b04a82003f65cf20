import type { MigrationInterface } from 'typeorm';

import { Platform1790000000001 } from '../../migrations/platform/1790000000001-platform.js';
import { Operators1790000200000 } from '../../migrations/platform/1790000200000-operators.js';
import { PlatformJobs1790004330001 } from '../../migrations/platform/1790004330001-jobs.js';
import { PlatformCertificates1790004340001 } from '../../migrations/platform/1790004340001-certificates.js';
import { AccountPrice } from '../platform/accounts/account-price.entity.js';
import { AccountRegistration } from '../platform/accounts/account-registration.entity.js';
import { AccountRoute } from '../platform/accounts/account-route.entity.js';
import { BlacklistedNumber } from '../platform/accounts/blacklisted-number.entity.js';
import { CustomerAccount } from '../platform/accounts/customer-account.entity.js';
import { FormerAuthKey } from '../platform/accounts/former-auth-key.entity.js';
import { AdminRequest } from '../platform/admin/admin-request.entity.js';
import { AuditEntry } from '../platform/admin/audit-entry.entity.js';

/** The platform's migrations, oldest first. */
export const PLATFORM_MIGRATIONS: (new () => MigrationInterface)[] = [
  Platform1790000000001,
  Operators1790000200000,
  PlatformJobs1790004330001,
  PlatformCertificates1790004340001,
];

/** What TypeORM carries for the platform; traffic tables have no entity. */
export const PLATFORM_ENTITIES: (new () => object)[] = [
  CustomerAccount,
  FormerAuthKey,
  AccountRoute,
  AccountPrice,
  AccountRegistration,
  BlacklistedNumber,
  AdminRequest,
  AuditEntry,
];
