import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

import { isScope } from '../../src/apps/scope.js';
import { ACCESS_EXTENSION } from '../../src/rest/access-extension.js';
import { readErrorCodes } from '../support/error-codes.js';

interface Operation {
  readonly summary?: string;
  readonly responses: Readonly<Record<string, { readonly content?: object; readonly $ref?: string }>>;
  readonly [ACCESS_EXTENSION]?: readonly string[];
}

/** Routes of which anybody may know everything. */
const OPEN = /^\/(health|metrics)\b/;

test('the OpenAPI documents are what the built program says; otherwise run "npm run openapi"', () => {
  expect(() =>
    execFileSync(process.execPath, ['dist/scripts/openapi/main.js', '--check'], { stdio: 'pipe' }),
  ).not.toThrow();
});

const readOperations = (file: string) => {
  const { paths } = JSON.parse(fs.readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
  );
};

describe.each(['docs/openapi.json', 'docs/openapi-platform.json'])('%s', (file) => {
  const operations = readOperations(file);

  test('has a summary of each operation', () => {
    expect(operations.length).toBeGreaterThan(10);
    expect(operations.filter(({ operation }) => !operation.summary).map(({ name }) => name)).toEqual([]);
  });

  test('says of each operation what it answers', () => {
    const silent = operations.filter(({ operation }) =>
      Object.entries(operation.responses).some(
        ([status, { content, $ref }]) => status !== '204' && content === undefined && $ref === undefined,
      ),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

test('docs/openapi.json says of each operation which scope it needs', () => {
  const scopeless = readOperations('docs/openapi.json').filter(({ path, operation }) => {
    const scopes = operation[ACCESS_EXTENSION] ?? [];
    return !OPEN.test(path) && (scopes.length === 0 || !scopes.every(isScope));
  });
  expect(scopeless.map(({ name }) => name)).toEqual([]);
});

describe('docs/errors.md', () => {
  const documented = [...fs.readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([a-z0-9_]+)` /gm)].map(
    ([, code]) => code,
  );
  const { codes, unreadable } = readErrorCodes('src');

  test('has each code that the sources raise', () => {
    expect([...codes.keys()].filter((code) => !documented.includes(code)).sort()).toEqual([]);
  });

  test('has no code that nothing raises, and none twice', () => {
    expect(documented.filter((code) => !codes.has(code))).toEqual([]);
    expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([]);
  });

  test('can rely on codes being literals', () => {
    // Words of a status that HTTP knows and we do not name; docs/errors.md says so.
    expect(unreadable.map((place) => place.replace(/:\d+$/, ''))).toEqual(['src/rest/problem.ts']);
  });
});
