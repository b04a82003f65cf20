import { Injectable } from '@nestjs/common';

import type { Caller } from '../../apps/caller.js';
import { money, multiply, toMoneyJson } from '../../billing/domain/money.js';
import { unpricedArea } from '../../billing/domain/quote.js';
import { PriceBook } from '../../billing/price-book.js';
import { Clock } from '../../clock/clock.js';
import { validate } from '../../rest/validation.pipe.js';
import { parseTemplate } from '../domain/template.js';
import { rangeOf, type SizedText } from '../domain/template-range.js';
import { chooseRoute } from '../route-choice.js';
import { Routes } from '../routes.js';
import { type PreviewTemplateDto, VariableRangeDto } from './template.dto.js';
import type { TemplateCostView, TemplatePreviewView, TemplateSizeView } from './template.view.js';
import { Templates } from './templates.service.js';

/** What a template's messages will be like. */
@Injectable()
export class TemplatePreviews {
  constructor(
    private readonly templates: Templates,
    private readonly routes: Routes,
    private readonly prices: PriceBook,
    private readonly clock: Clock,
  ) {}

  /**
   * The shortest and the longest message, and their costs in the countries asked for.
   * @throws TemplateNotFoundError, InvalidRequestError, UnknownRouteError, RouteNotAllowedError,
   *   ApplicationError `unpriced_area` (rule)
   */
  async preview(caller: Caller, id: string, dto: PreviewTemplateDto): Promise<TemplatePreviewView> {
    const { text } = await this.templates.find(caller.appId, id);
    const ranges = new Map(
      Object.entries(dto.variables ?? {}).map(([name, range]) => [name, validate(VariableRangeDto, range)]),
    );
    const { shortest, longest } = rangeOf(parseTemplate(text), ranges, dto.signature);
    const cost = await this.costs(caller, dto, shortest.segments, longest.segments);
    return { shortest: sizeView(shortest), longest: sizeView(longest), cost };
  }

  private async costs(
    { policy }: Caller,
    { route: name, countries = [] }: PreviewTemplateDto,
    least: number,
    most: number,
  ): Promise<TemplateCostView[]> {
    if (countries.length === 0) return [];
    const route = await chooseRoute(this.routes, name, policy);
    const codes = [...new Set(countries)];
    const prices = await this.prices.pricesFor(route, codes, this.clock.now());
    const unpriced = codes.filter((code) => !prices.has(code));
    if (unpriced.length > 0) throw unpricedArea(unpriced, route.currency);
    return [...prices.values()].map(({ countryCode, perSegment }) => {
      const price = money(perSegment, route.currency);
      return {
        countryCode,
        price: toMoneyJson(price),
        least: toMoneyJson(multiply(price, least)),
        most: toMoneyJson(multiply(price, most)),
      };
    });
  }
}

function sizeView({ formatted, encoding, units, segments, tooLong }: SizedText): TemplateSizeView {
  return { text: formatted, encoding, units, segments, tooLong };
}
