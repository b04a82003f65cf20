import { Injectable } from '@nestjs/common';

import { InvalidRequestError } from '../rest/validation.pipe.js';
import { AcceptSettings } from './accept-settings.js';
import type { SendMessageDto } from './send-message.dto.js';
import { OptOutCheck } from './opt-outs/opt-out-check.js';
import { TemplateTexts } from './templates/template-texts.js';

/** What accepting a message has to look up besides routes and prices. */
@Injectable()
export class AcceptRules {
  constructor(
    private readonly settings: AcceptSettings,
    private readonly templates: TemplateTexts,
    private readonly optOuts: OptOutCheck,
  ) {}

  /** Milliseconds for which a message without `validUntil` stays worth sending. */
  get defaultValidity(): number {
    return this.settings.defaultValidity;
  }

  hashNumber(digits: string): bigint {
    return this.settings.hashNumber(digits);
  }

  /**
   * The text of a request: as given, or as its template makes it.
   * @throws InvalidRequestError neither or both are given
   * @throws ApplicationError `unknown_template`, `missing_variables`, `invalid_variables` (rule)
   */
  async textOf(appId: number, { text, template }: Pick<SendMessageDto, 'text' | 'template'>): Promise<string> {
    if ((text === undefined) === (template === undefined))
      throw new InvalidRequestError([{ field: 'text', rule: 'must be given, or template, and not both' }]);
    if (text !== undefined) return text;
    return template === undefined ? '' : this.templates.render(appId, template);
  }

  /** The text of a template, with its variables. @throws ApplicationError `unknown_template` (rule) */
  templateText(appId: number, id: string): Promise<string> {
    return this.templates.textOf(appId, id);
  }

  /** Those of some numbers' hashes that have opted out of an app's messages. */
  optedOut(appId: number, hashes: readonly bigint[]): Promise<ReadonlySet<bigint>> {
    return this.optOuts.among(appId, hashes);
  }

  /** @throws ApplicationError `opted_out` (rule), naming members of `to` */
  refuseOptedOut(appId: number, hashes: readonly bigint[]): Promise<void> {
    return this.optOuts.refuse(appId, hashes);
  }
}
