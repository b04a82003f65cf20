import { AccountPrice } from '../accounts/account-price.entity.js';
import { AccountRegistration } from '../accounts/account-registration.entity.js';
import { AccountRoute } from '../accounts/account-route.entity.js';
import { BlacklistedNumber } from '../accounts/blacklisted-number.entity.js';
import { CustomerAccount } from '../accounts/customer-account.entity.js';
import { AccountRecords } from './account-records.service.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { AdminChanges } from './admin-changes.service.js';
import { AuditController } from './audit.controller.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuthKeysService } from './auth-keys.service.js';
import { BalanceController } from './balance.controller.js';
import { BalanceService } from './balance.service.js';
import { BlacklistController } from './blacklist.controller.js';
import { BlacklistService } from './blacklist.service.js';
import { ParkedController } from './parked.controller.js';
import { ParkedService } from './parked.service.js';
import { PricesController } from './prices.controller.js';
import { PricesService } from './prices.service.js';
import { RecordsController } from './records.controller.js';
import { RecordsService } from './records.service.js';
import { RegistrationsController } from './registrations.controller.js';
import { RegistrationsService } from './registrations.service.js';
import { RoutesController } from './routes.controller.js';
import { RoutesService } from './routes.service.js';
import { StatementService } from './statement.service.js';

/** What operators call (contract.md 5); what only a sandbox has is not among it. */
export const ADMIN_CONTROLLERS = [
  AccountsController,
  BalanceController,
  PricesController,
  RoutesController,
  RegistrationsController,
  BlacklistController,
  RecordsController,
  ParkedController,
  AuditController,
];

export const ADMIN_SERVICES = [
  AdminChanges,
  AccountRecords,
  AccountsService,
  AuthKeysService,
  BalanceService,
  PricesService,
  RoutesService,
  RegistrationsService,
  BlacklistService,
  RecordsService,
  StatementService,
  ParkedService,
];

/** Entities that the services get repositories of; the others are reached by the transaction of a change. */
export const ADMIN_ENTITIES = [
  CustomerAccount,
  AccountPrice,
  AccountRoute,
  AccountRegistration,
  BlacklistedNumber,
  AuditEntry,
];
