import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { findTemplate } from '../../database/statements/find-template.js';
import { ApplicationError } from '../../errors.js';
import { isUuidv7 } from '../../uuid.js';
import { OTP_TEMPLATE_ID, OTP_TEMPLATE_TEXT } from '../domain/otp-template.js';
import { parseTemplate, renderTemplate, type Template } from '../domain/template.js';

/** What a request says of a template. */
export interface TemplateUse {
  readonly id: string;
  /** By name; texts or numbers. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The templates that an app can send by: its own and the built-in one. */
@Injectable()
export class TemplateTexts {
  constructor(private readonly database: Database) {}

  /**
   * The text of a template as it stands now.
   * @throws ApplicationError `unknown_template` (rule)
   */
  async textOf(appId: number, id: string): Promise<string> {
    if (id === OTP_TEMPLATE_ID) return OTP_TEMPLATE_TEXT;
    const text = isUuidv7(id) ? await findTemplate(this.database, appId, id) : undefined;
    if (text !== undefined) return text;
    const rule = 'is not a template of this app';
    throw new ApplicationError('rule', 'unknown_template', `template.id ${rule}.`, {
      faults: [{ field: 'template.id', rule }],
    });
  }

  /**
   * The text that a template and a request's variables make.
   * @throws ApplicationError `unknown_template`, `missing_variables`, `invalid_variables` (rule)
   */
  async render(appId: number, { id, variables = {} }: TemplateUse): Promise<string> {
    const template = parseTemplate(await this.textOf(appId, id));
    return renderTemplate(template, lookupIn(valuesOf(template, variables)));
  }
}

/**
 * The values that a request gives. What the template does not know is a fault: a misspelt variable must not be left out in
 * silence.
 * @throws ApplicationError `invalid_variables` (rule), naming each that is neither text nor number, or not in the template
 */
function valuesOf(template: Template, variables: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const known = new Set(template.variables.map(({ name }) => name));
  const values = new Map<string, string>();
  const faults = Object.entries(variables).flatMap(([name, value]) => {
    const field = `template.variables.${name}`;
    if (!known.has(name)) return [{ field, rule: 'is not a variable of the template' }];
    if (value === null) return [];
    if (typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value)))
      return [{ field, rule: 'must be a text or a number' }];
    values.set(name, String(value));
    return [];
  });
  const [first] = faults;
  if (first === undefined) return values;
  throw new ApplicationError('rule', 'invalid_variables', `${first.field} ${first.rule}.`, {
    faults: faults.slice(0, 20),
  });
}

const lookupIn = (values: ReadonlyMap<string, string>) => (name: string) => values.get(name);
