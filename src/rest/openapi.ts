import { applyDecorators, type INestApplication, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, DocumentBuilder, getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { SwaggerModule } from '@nestjs/swagger';

import { ACCESS_EXTENSION } from './access-extension.js';
import { ProblemView } from './problem.view.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const BEARER = 'key';
const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request can not be read: the members at fault are in `errors`.',
  401: 'No valid key.',
  403: 'The key lacks a scope, or the app may not use this route or sender.',
  404: 'There is no such thing, or it is another app’s.',
  409: 'The state of things forbids it now.',
  415: 'The body is of a type that this call does not take.',
  422: 'The request is readable and breaks a rule.',
  429: 'Too much, or too fast: `Retry-After` says when to come back.',
  503: 'Something that we need is away: try again, a POST with the same Idempotency-Key.',
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Documents the answer of a list: a page of `view`, or of any of several. */
export function ApiPage(view: Type, ...others: readonly Type[]): MethodDecorator {
  const references = [view, ...others].map((item) => ({ $ref: getSchemaPath(item) }));
  const items = others.length === 0 ? references[0] : { oneOf: references };
  const nextCursor = {
    type: 'string',
    nullable: true,
    description: '`cursor` of the next page; null: this is the last.',
  };
  return applyDecorators(
    ApiExtraModels(view, ...others),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'nextCursor'],
        properties: { items: { type: 'array', items }, nextCursor },
      },
    }),
  );
}

/** Who may call an application. */
export interface ApiAccess {
  /** What the key of a caller is. */
  readonly key: string;
  /** Whether keys have scopes, of which operations demand some; without, any key of the application's may call everything. */
  readonly scoped: boolean;
}

const API_KEYS: ApiAccess = { key: 'An API key: `Authorization: Bearer KEY`.', scoped: true };

/**
 * The OpenAPI document of an application, made of its controllers, DTOs and views by the compiler plugin of @nestjs/swagger:
 * only in the built program (docs/decisions/0023-openapi.md).
 * @param description Markdown, shown above all
 */
export function openApiDocument(
  application: INestApplication,
  title: string,
  description: string,
  access: ApiAccess = API_KEYS,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: access.key }, BEARER)
    .build();
  const document = SwaggerModule.createDocument(application, config, {
    extraModels: [ProblemView],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  document.components = { ...document.components, responses: Object.fromEntries(problemResponses()) };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) complete(operation, method, path, access);
    }
  }
  sortEnumerations(document.components?.schemas);
  return document;
}

/**
 * Serves the document at `/docs`, for people, and at `/docs/openapi.json`. It is made when it is first asked for.
 */
export function serveOpenApi(application: INestApplication, document: () => OpenAPIObject): void {
  SwaggerModule.setup('docs', application, document, { jsonDocumentUrl: 'docs/openapi.json', raw: ['json'] });
}

/** What every operation has in common, so that no controller need say it. */
function complete(operation: Operation, method: (typeof METHODS)[number], path: string, { scoped }: ApiAccess): void {
  const described = operation as Operation & { [ACCESS_EXTENSION]?: readonly string[] };
  const scopes = described[ACCESS_EXTENSION] ?? [];
  const open = scoped && scopes.length === 0;
  operation.security = open ? [] : [{ [BEARER]: [] }];
  if (scopes.length > 0)
    operation.description = [operation.description, `Scope: ${scopes.map((scope) => `\`${scope}\``).join(', ')}.`]
      .filter(Boolean)
      .join('\n\n');
  if (method === 'post' && ('201' in operation.responses || '202' in operation.responses)) addIdempotencyKey(operation);
  for (const status of statusesOf(operation, method, path, { open, scoped })) {
    operation.responses[status] ??= { $ref: `#/components/responses/${status}` };
  }
}

function statusesOf(
  operation: Operation,
  method: string,
  path: string,
  { open, scoped }: { open: boolean; scoped: boolean },
): number[] {
  const changes = method !== 'get';
  return [
    ...(open && operation.parameters?.length === 0 && !changes ? [] : [400]),
    ...(open ? [] : [401]),
    ...(open || !scoped ? [] : [403]),
    ...(path.includes('{') ? [404] : []),
    ...(changes ? [409, 415, 422] : []),
    ...(open || !scoped ? [] : [429]),
    503,
  ];
}

/** The problems by status, for operations to refer to. */
function problemResponses() {
  return Object.entries(PROBLEMS).map(([status, description]) => [
    status,
    { description, content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemView) } } } },
  ]);
}

function addIdempotencyKey(operation: Operation): void {
  operation.parameters = [
    ...(operation.parameters ?? []).filter(
      (parameter) => !('name' in parameter) || parameter.name !== 'idempotency-key',
    ),
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description:
        '1 to 255 printable ASCII characters. For 24 hours the same key and request get the same answer, byte for byte, and ' +
        'nothing is done twice.',
      schema: { type: 'string', maxLength: 255 },
    },
  ];
}

/** The compiler's order of a union's members depends on what else it has compiled: sorted, the document stays the same. */
function sortEnumerations(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === 'enum' && Array.isArray(member))
      member.sort((one, other) => String(one).localeCompare(String(other), 'en'));
    else sortEnumerations(member);
  }
}
