import { money, multiply, sum, toMoneyJson } from '../billing/domain/money.js';
import type { Composition } from './accept.service.js';
import type { AdviceView, PreviewView } from './answer.view.js';
import { adviseOn } from './domain/advice.js';
import type { SignatureDto } from './send-message.dto.js';

/** Characters as people count them on the wire: a surrogate pair is one. */
function codePoints(text: string): number {
  return Array.from(text).length;
}

/** The answer of `POST /v1/messages/preview` (contract.md 4): what a request would become and cost. */
export function previewOf(composition: Composition, signature: SignatureDto | undefined): PreviewView {
  const { content, quote, warnings } = composition;
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
    advice: adviceOn(composition, signature),
  };
}

function adviceOn({ text, quote, route }: Composition, signature: SignatureDto | undefined): AdviceView {
  const { forcing, encodings, overEdge, left, suggestions } = adviseOn(text, signature);
  const perSegment = sum(
    route.currency,
    quote.lines.map((line) => multiply(line.perSegment, line.recipients)),
  );
  return {
    forcing: forcing.map((character) => ({ ...character, positions: [...character.positions] })),
    encodings: encodings.map((size) => ({
      ...size,
      total: toMoneyJson(multiply(money(perSegment.amount, route.currency), size.segments)),
    })),
    overEdge,
    left,
    suggestions: [...suggestions],
  };
}
