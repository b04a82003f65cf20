import type { MoneyJson } from '../../billing/domain/money.js';
import type { Encoding } from '../domain/encoding.js';
import { OTP_TEMPLATE_ID, OTP_TEMPLATE_TEXT } from '../domain/otp-template.js';
import { parseTemplate } from '../domain/template.js';
import type { TemplateText } from './template.entity.js';

/** A variable of a template. */
export class TemplateVariableView {
  readonly name: string;
  /** False: it stands in sections only, which are left out where it has no value. */
  readonly required: boolean;
}

/** A template as REST shows it. */
export class TemplateView {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly variables: TemplateVariableView[];
  /** Counts the changes of the text, from 1. */
  readonly version: number;
  /** It comes with the gateway and can't be changed. */
  readonly builtIn: boolean;
  /** Null: it is built in. */
  readonly createdAt: string | null;
  readonly changedAt: string | null;
}

/** The shortest or longest message that a template makes. */
export class TemplateSizeView {
  /** As it arrives: signature included. */
  readonly text: string;
  readonly encoding: Encoding;
  /** What the encoding counts: septets, bytes or UTF-16 units. */
  readonly units: number;
  readonly segments: number;
  /** Over 10 segments: such a message is refused. */
  readonly tooLong: boolean;
}

/** What a message of a template costs to one country. */
export class TemplateCostView {
  readonly countryCode: number;
  /** Per segment. */
  readonly price: MoneyJson;
  readonly least: MoneyJson;
  readonly most: MoneyJson;
}

/** The answer to `POST /v1/templates/{id}/preview`. */
export class TemplatePreviewView {
  /** The message of the fewest segments. */
  readonly shortest: TemplateSizeView;
  /** The message of the most segments. */
  readonly longest: TemplateSizeView;
  /** By country asked for. */
  readonly cost: TemplateCostView[];
}

/** The built-in template of one-time passwords (protocol.md 10). */
export const OTP_TEMPLATE: TemplateView = {
  id: OTP_TEMPLATE_ID,
  name: OTP_TEMPLATE_ID,
  text: OTP_TEMPLATE_TEXT,
  variables: [...parseTemplate(OTP_TEMPLATE_TEXT).variables],
  version: 1,
  builtIn: true,
  createdAt: null,
  changedAt: null,
};

/** A stored template as REST shows it. */
export function templateView({ id, name, text, version, createdAt, changedAt }: TemplateText): TemplateView {
  return {
    id,
    name,
    text,
    variables: [...parseTemplate(text).variables],
    version,
    builtIn: false,
    createdAt: createdAt.toISOString(),
    changedAt: changedAt.toISOString(),
  };
}
