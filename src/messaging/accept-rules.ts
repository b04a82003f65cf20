import { Injectable } from '@nestjs/common';

import { InvalidRequestError } from '../rest/validation.pipe.js';
import { AcceptSettings } from './accept-settings.js';
import type { SendMessageDto } from './send-message.dto.js';
import { TemplateTexts } from './templates/template-texts.js';

/** What accepting a message has to look up besides routes and prices. */
@Injectable()
export class AcceptRules {
  constructor(
    private readonly settings: AcceptSettings,
    private readonly templates: TemplateTexts,
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
}
