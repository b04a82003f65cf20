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

describe('docs/openapi.json', () => {
  const { paths } = JSON.parse(fs.readFileSync('docs/openapi.json', 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
  );

  test('is what the built program says; otherwise run "npm run openapi"', () => {
    expect(() =>
      execFileSync(process.execPath, ['dist/scripts/openapi/main.js', '--check'], { stdio: 'pipe' }),
    ).not.toThrow();
  });

  test('has a summary of each operation', () => {
    expect(operations.filter(({ operation }) => !operation.summary).map(({ name }) => name)).toEqual([]);
  });

  test('says of each operation which scope it needs', () => {
    const scopeless = operations.filter(({ path, operation }) => {
      const scopes = operation[ACCESS_EXTENSION] ?? [];
      return !OPEN.test(path) && (scopes.length === 0 || !scopes.every(isScope));
    });
    expect(scopeless.map(({ name }) => name)).toEqual([]);
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
