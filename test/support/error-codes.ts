import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** What the sources say about error codes. */
export interface SourceErrorCodes {
  /** By code, the files that raise it. */
  readonly codes: ReadonlyMap<string, readonly string[]>;
  /** Places where a code is given that can't be read from the source: `file:line`. */
  readonly unreadable: readonly string[];
}

const KINDS = new Set([
  'malformed',
  'rule',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'overload',
  'unavailable',
  'internal',
]);

/**
 * Reads the error codes from the sources: the second argument of `new ApplicationError` and of the `super` calls of its
 * subclasses, the code of `problem(...)`, arguments for a parameter named `code` of any function, and the tables of `{ code, detail }`.
 */
export function readErrorCodes(directory: string): SourceErrorCodes {
  const codes = new Map<string, string[]>();
  const unreadable: string[] = [];
  for (const file of sourcesOf(directory)) {
    const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
    const carriers = new Map([['problem', 1], ...codeParameters(source)]);
    walk(source, (node) => {
      for (const expression of codesAt(node, carriers)) {
        const found = literalsOf(expression);
        if (found === undefined) {
          const { line } = source.getLineAndCharacterOfPosition(expression.getStart());
          unreadable.push(`${file}:${line + 1}`);
        }
        for (const code of found ?? []) codes.set(code, [...(codes.get(code) ?? []), file]);
      }
    });
  }
  return { codes, unreadable };
}

function sourcesOf(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => path.join(directory, name));
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Functions of the file with a parameter named `code`, and its place. */
function codeParameters(source: ts.SourceFile): [string, number][] {
  const found: [string, number][] = [];
  walk(source, (node) => {
    if (!ts.isFunctionDeclaration(node) && !ts.isArrowFunction(node)) return;
    const place = node.parameters.findIndex(({ name }) => ts.isIdentifier(name) && name.text === 'code');
    const named = ts.isFunctionDeclaration(node) ? node.name : variableOf(node);
    if (place >= 0 && node.parameters[place]?.type?.kind === ts.SyntaxKind.StringKeyword && named !== undefined) {
      found.push([named.text, place]);
    }
  });
  return found;
}

function variableOf(node: ts.ArrowFunction): ts.Identifier | undefined {
  return ts.isVariableDeclaration(node.parent) && ts.isIdentifier(node.parent.name) ? node.parent.name : undefined;
}

/** The expressions that stand for a code in a node. */
function codesAt(node: ts.Node, carriers: ReadonlyMap<string, number>): ts.Expression[] {
  if (ts.isNewExpression(node) && node.expression.getText() === 'ApplicationError') return given(node.arguments?.[1]);
  if (ts.isCallExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      const [kind, code] = node.arguments;
      return kind !== undefined && ts.isStringLiteral(kind) && KINDS.has(kind.text) ? given(code) : [];
    }
    const place = ts.isIdentifier(node.expression) ? carriers.get(node.expression.text) : undefined;
    return place === undefined ? [] : given(node.arguments[place]);
  }
  if (!ts.isObjectLiteralExpression(node)) return [];
  const members = new Map(
    node.properties.filter(ts.isPropertyAssignment).map((property) => [property.name.getText(), property.initializer]),
  );
  return members.has('detail') ? given(members.get('code')) : [];
}

const given = (expression: ts.Expression | undefined): ts.Expression[] =>
  expression === undefined ? [] : [expression];

/** The codes that an expression can be; none for one that is only handed on; undefined: it can't be read. */
function literalsOf(expression: ts.Expression): string[] | undefined {
  if (ts.isStringLiteral(expression)) return [expression.text];
  if (ts.isConditionalExpression(expression)) {
    const [one, other] = [literalsOf(expression.whenTrue), literalsOf(expression.whenFalse)];
    return one === undefined || other === undefined ? undefined : [...one, ...other];
  }
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  return ts.isIdentifier(name) && name.text === 'code' ? [] : undefined;
}
