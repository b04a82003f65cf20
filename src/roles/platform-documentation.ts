import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

import { openApiDocument } from '../rest/openapi.js';

const DESCRIPTION = `The platform's operators: customers' accounts, what they may do and what they pay, what became of their SMS.

JSON, camelCase, UTC ISO-8601 times. Money is \`{ "amount": "0.70", "currency": "HKD" }\`, decimal strings. Errors are RFC 9457
problems with a stable \`code\`: docs/errors.md has them all. Lists are paged: \`limit\` and \`cursor\` in, \`items\` and \`nextCursor\`
out; a page may be short, only \`nextCursor: null\` ends a list. Changes are known to every process within a second, and each
leaves an entry in the trail.

\`/admin/v1/inbox\`, \`/admin/v1/faults\` and \`/admin/v1/clock\` are there in the sandbox only.`;

/** The OpenAPI document of the platform's admin API, the calls of the sandbox included. */
export function platformDocument(application: INestApplication): OpenAPIObject {
  return openApiDocument(application, 'CloudSMS platform, admin API', DESCRIPTION, {
    key: 'The admin key (PLATFORM_ADMIN_KEY): `Authorization: Bearer KEY`.',
    scoped: false,
  });
}
