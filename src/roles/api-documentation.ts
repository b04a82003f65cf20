import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

import { SCOPE_MEANINGS } from '../apps/scope.js';
import { openApiDocument } from '../rest/openapi.js';

const scopes = Object.entries(SCOPE_MEANINGS)
  .map(([scope, { allows, reach }]) => `| \`${scope}\` | ${reach} | ${allows} |`)
  .join('\n');

const DESCRIPTION = `Sends SMS through CloudSMS and tells what became of them.

JSON, camelCase, UTC ISO-8601 times. Money is \`{ "amount": "0.70", "currency": "HKD" }\`, decimal strings. Errors are RFC 9457
problems with a stable \`code\`: docs/errors.md has them all. Lists are paged: \`limit\` and \`cursor\` in, \`items\` and \`nextCursor\`
out; a page may be short, only \`nextCursor: null\` ends a list. Every answer has an \`X-Request-Id\`.

| scope | reach | allows to |
| --- | --- | --- |
${scopes}`;

/** The OpenAPI document of the role \`api\`, the routes of the sandbox included. */
export function apiDocument(application: INestApplication): OpenAPIObject {
  return openApiDocument(application, 'CloudSMS gateway', DESCRIPTION);
}
