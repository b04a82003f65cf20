import { toMoneyJson } from '../billing/domain/money.js';
import type { Composition } from './accept.service.js';
import { looksUnassigned } from './domain/phone-number.js';
import { directionWarnings, signatureWarnings } from './domain/warnings.js';
import type { SendMessageDto } from './send-message.dto.js';

/** Characters as people count them on the wire: a surrogate pair is one. */
function codePoints(text: string): number {
  return Array.from(text).length;
}

/** The answer of `POST /v1/messages/preview` (contract.md 4): what a request would become and cost. */
export function previewOf(request: SendMessageDto, { recipients, content, quote }: Composition): object {
  return {
    encoding: content.encoding,
    characters: codePoints(content.formatted),
    units: content.units,
    segments: content.segments,
    parts: content.parts,
    text: content.formatted,
    cost: quote.lines.map((line) => ({
      countryCode: line.countryCode,
      messages: line.recipients,
      segments: line.segments,
      price: toMoneyJson(line.perSegment),
      cost: toMoneyJson(line.cost),
    })),
    total: toMoneyJson(quote.total),
    warnings: [
      ...signatureWarnings(request.text, content.formatted),
      ...directionWarnings({
        countryCodes: recipients.map(({ countryCode }) => countryCode),
        sender: request.from,
        signature: request.signature?.text,
        signatureInText: request.signature?.type === 5,
      }),
      ...recipients.flatMap((number, index) =>
        looksUnassigned(number)
          ? [
              {
                code: 'number_looks_unassigned',
                field: `to[${index}]`,
                text: 'No known range of its country holds this number.',
              },
            ]
          : [],
      ),
    ],
  };
}
