import { ApplicationError } from '../../errors.js';

/**
 * Texts with variables. `{{name}}` stands for a variable's value; what is between `{{#name}}` and `{{/name}}` stands only
 * where the variable has a value, so inside of it the variable is optional. `\{{` is two braces. Values are inserted as they
 * are: braces in them mean nothing, so nothing recurs.
 */
export interface Template {
  readonly parts: readonly TemplatePart[];
  /** In the order of their first appearance. */
  readonly variables: readonly TemplateVariable[];
}

/** A variable of a template. */
export interface TemplateVariable {
  readonly name: string;
  /** False: it stands in sections only, and the text does without it where they do not stand. */
  readonly required: boolean;
}

type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'section'; readonly name: string; readonly parts: readonly TemplatePart[] };

/** Looks a variable's value up; undefined: there is none. */
export type ValueOf = (name: string) => string | undefined;

/** Variables of a template at the most. */
export const MAX_VARIABLES = 50;

const TAG = /\\\{\{|\{\{\s*([#/]?)\s*([\p{L}_](?:[\p{L}\p{M}\p{N}_. -]{0,62}[\p{L}\p{M}\p{N}_.-])?)\s*\}\}|\{\{/gu;

/**
 * Reads a template.
 * @throws ApplicationError `malformed_template` (rule): braces that are no variable, or a section that is not closed or nests
 */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  let section: { name: string; parts: TemplatePart[] } | undefined;
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    const [tag, sign, name] = match;
    const into = section?.parts ?? parts;
    addText(into, text.slice(end, match.index));
    end = match.index + tag.length;
    if (tag === '\\{{') addText(into, '{{');
    else if (name === undefined) throw malformed('has {{ that no variable follows; \\{{ stands for two braces');
    else if (sign === '') into.push({ kind: 'variable', name });
    else if (sign === '#') section = opened(section, name);
    else section = closed(section, name, parts);
  }
  if (section !== undefined) throw malformed(`does not close {{#${section.name}}}`);
  addText(parts, text.slice(end));
  const variables = variablesOf(parts);
  if (variables.length > MAX_VARIABLES) throw malformed(`must have at most ${MAX_VARIABLES} variables`);
  return { parts, variables };
}

/** A template that is a text as it stands: braces in it mean nothing. */
export function literalTemplate(text: string): Template {
  return { parts: [{ kind: 'text', text }], variables: [] };
}

/** The variables without a value that the text needs, in the template's order. An empty text is a value. */
export function missingVariables({ parts }: Template, valueOf: ValueOf): string[] {
  const missing = new Set<string>();
  addMissing(parts, valueOf, missing);
  return [...missing];
}

function addMissing(parts: readonly TemplatePart[], valueOf: ValueOf, missing: Set<string>): void {
  for (const part of parts) {
    if (part.kind === 'variable' && valueOf(part.name) === undefined) missing.add(part.name);
    if (part.kind === 'section' && stands(part.name, valueOf)) addMissing(part.parts, valueOf, missing);
  }
}

/** Whether a section stands in the text. */
function stands(name: string, valueOf: ValueOf): boolean {
  return (valueOf(name) ?? '') !== '';
}

/**
 * Puts the values in place, as they are.
 * @throws ApplicationError `missing_variables` (rule), naming each
 */
export function renderTemplate(template: Template, valueOf: ValueOf): string {
  const missing = missingVariables(template, valueOf);
  if (missing.length > 0) {
    throw new ApplicationError('rule', 'missing_variables', `The template needs values for ${missing.join(', ')}.`, {
      faults: missing.map((name) => ({ field: `template.variables.${name}`, rule: 'must have a value' })),
    });
  }
  return rendered(template.parts, valueOf);
}

function rendered(parts: readonly TemplatePart[], valueOf: ValueOf): string {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'variable') text += valueOf(part.name) ?? '';
    else if (stands(part.name, valueOf)) text += rendered(part.parts, valueOf);
  }
  return text;
}

function opened(section: object | undefined, name: string): { name: string; parts: TemplatePart[] } {
  if (section !== undefined) throw malformed(`opens {{#${name}}} inside of another section`);
  return { name, parts: [] };
}

function closed(section: { name: string; parts: TemplatePart[] } | undefined, name: string, into: TemplatePart[]) {
  if (section?.name !== name) throw malformed(`closes {{/${name}}}, which is not open`);
  into.push({ kind: 'section', ...section });
  return undefined;
}

function addText(parts: TemplatePart[], text: string): void {
  if (text !== '') parts.push({ kind: 'text', text });
}

function variablesOf(parts: readonly TemplatePart[]): TemplateVariable[] {
  const required = new Map<string, boolean>();
  const note = (name: string, needed: boolean) => required.set(name, needed || required.get(name) === true);
  for (const part of parts) {
    if (part.kind === 'variable') note(part.name, true);
    if (part.kind !== 'section') continue;
    note(part.name, false);
    for (const inner of part.parts) if (inner.kind === 'variable') note(inner.name, false);
  }
  return [...required].map(([name, needed]) => ({ name, required: needed }));
}

function malformed(rule: string): ApplicationError {
  return new ApplicationError('rule', 'malformed_template', `text ${rule}.`, { faults: [{ field: 'text', rule }] });
}
