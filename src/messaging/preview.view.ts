import { toMoneyJson } from '../billing/domain/money.js';
import type { PreviewView } from './answer.view.js';
import type { Composition } from './accept.service.js';

/** Characters as people count them on the wire: a surrogate pair is one. */
function codePoints(text: string): number {
  return Array.from(text).length;
}

/** The answer of `POST /v1/messages/preview` (contract.md 4): what a request would become and cost. */
export function previewOf({ content, quote, warnings }: Composition): PreviewView {
  return {
    encoding: content.encoding,
    characters: codePoints(content.formatted),
    units: content.units,
    segments: content.segments,
    parts: [...content.parts],
    text: content.formatted,
    cost: quote.lines.map((line) => ({
      countryCode: line.countryCode,
      messages: line.recipients,
      segments: line.segments,
      price: toMoneyJson(line.perSegment),
      cost: toMoneyJson(line.cost),
    })),
    total: toMoneyJson(quote.total),
    warnings: [...warnings],
  };
}
