import { MainJob1790000000000 } from '../../migrations/gateway/1790000000000-main-job.js';
import { Events1790000040000 } from '../../migrations/gateway/1790000040000-events.js';
import { Doubt1790000100000 } from '../../migrations/gateway/1790000100000-doubt.js';
import { Aggregates1790000300000 } from '../../migrations/gateway/1790000300000-aggregates.js';
import { AppsAndAudit1790004070000 } from '../../migrations/gateway/1790004070000-apps-and-audit.js';
import { Retention1790004300000 } from '../../migrations/gateway/1790004300000-retention.js';
import { Jobs1790004330000 } from '../../migrations/gateway/1790004330000-jobs.js';
import { Certificates1790004340000 } from '../../migrations/gateway/1790004340000-certificates.js';
import { Templates1790005000000 } from '../../migrations/gateway/1790005000000-templates.js';
import { Bulk1790005100000 } from '../../migrations/gateway/1790005100000-bulk.js';
import { Reconciliation1790007100000 } from '../../migrations/gateway/1790007100000-reconciliation.js';
import { PriceVersions1790006100000 } from '../../migrations/gateway/1790006100000-price-versions.js';
import { SpendCaps1790006200000 } from '../../migrations/gateway/1790006200000-spend-caps.js';
import { Statements1790006600000 } from '../../migrations/gateway/1790006600000-statements.js';
import { Settling1790008000000 } from '../../migrations/gateway/1790008000000-settling.js';
import { ApiKey } from '../apps/api-key.entity.js';
import { App } from '../apps/app.entity.js';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import { IdempotentAnswer } from '../apps/idempotent-answer.entity.js';
import { SpendCap } from '../billing/caps/spend-cap.entity.js';
import { Price } from '../billing/price.entity.js';
import { Route } from '../messaging/route.entity.js';
import { TemplateText } from '../messaging/templates/template.entity.js';
import { WebhookEndpoint } from '../reporting/webhooks/webhook-endpoint.entity.js';

/** The gateway's migrations, oldest first. */
export const GATEWAY_MIGRATIONS = [
  MainJob1790000000000,
  Events1790000040000,
  Doubt1790000100000,
  Aggregates1790000300000,
  AppsAndAudit1790004070000,
  Retention1790004300000,
  Jobs1790004330000,
  Certificates1790004340000,
  Templates1790005000000,
  Bulk1790005100000,
  Reconciliation1790007100000,
  PriceVersions1790006100000,
  SpendCaps1790006200000,
  Statements1790006600000,
  Settling1790008000000,
];

/** What TypeORM carries for the gateway; traffic tables have no entity. */
export const GATEWAY_ENTITIES = [
  WebhookEndpoint,
  App,
  ApiKey,
  AuditEntry,
  IdempotentAnswer,
  Price,
  SpendCap,
  Route,
  TemplateText,
];
