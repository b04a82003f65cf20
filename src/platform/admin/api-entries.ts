import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';

import { MOST_ENTRIES } from './entries.js';

/** Documents a call that takes one entry or a list of entries, and answers with those that it made. */
export function ApiEntries(entry: Type, view: Type): MethodDecorator {
  const one = { $ref: getSchemaPath(entry) };
  return applyDecorators(
    ApiExtraModels(entry, view),
    ApiBody({ schema: { oneOf: [one, { type: 'array', minItems: 1, maxItems: MOST_ENTRIES, items: one }] } }),
    ApiCreatedResponse({
      schema: {
        type: 'object',
        required: ['items'],
        properties: { items: { type: 'array', items: { $ref: getSchemaPath(view) } } },
      },
    }),
  );
}
