import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';

import type { Currency } from '../billing/domain/currency.js';
import { formatAmount, type Money, money, parseAmount, parseMoney } from '../billing/domain/money.js';
import { PriceBook } from '../billing/price-book.js';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import type { SubmissionRow } from '../database/statements/accept.js';
import { findSubmission } from '../database/statements/find-submission.js';
import { ApplicationError } from '../errors.js';
import { uuidv7 } from '../uuid.js';
import { AcceptSettings } from './accept-settings.js';
import {
  checkSender,
  type ComposedText,
  composeText,
  metadataText,
  quoteSubmission,
  readRecipients,
  type Schedule,
  scheduleOf,
} from './domain/compose.js';
import { DATA_CODING, encodingOf } from './domain/encoding.js';
import { newSubmissionId } from './domain/message-id.js';
import { groupIntoPackets, MAX_PACKET_NUMBERS } from './domain/packets.js';
import type { PhoneNumber } from './domain/phone-number.js';
import type { Quote } from '../billing/domain/quote.js';
import { type RouteInfo, Routes } from './routes.js';
import type { SendMessageDto } from './send-message.dto.js';
import { SubmissionWriter } from './submission-writer.js';
import { submissionJson } from './submission.view.js';

/** Lanes of a flow (design.md 3 rule 3), as stored. */
export const LANE = { normal: 0, high: 1 } as const;

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** A request that was read, judged and priced, and of which nothing is stored yet. */
export interface Composition {
  readonly route: RouteInfo;
  readonly recipients: readonly PhoneNumber[];
  readonly content: ComposedText;
  readonly quote: Quote<number>;
  /** Business time of the request, milliseconds. */
  readonly now: number;
  readonly schedule: Schedule;
  /** JSON text. */
  readonly metadata: string | null;
}

/** Takes messages in: nothing is answered before it is committed (design.md 3 rule 1). */
@Injectable()
export class AcceptService {
  constructor(
    private readonly routes: Routes,
    private readonly prices: PriceBook,
    private readonly writer: SubmissionWriter,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: AcceptSettings,
  ) {}

  /**
   * Reads, judges and prices a request; stores nothing.
   * @throws ApplicationError 400 and 422 of `domain/compose.ts`, `unknown_route`
   */
  async compose(request: SendMessageDto): Promise<Composition> {
    checkSender(request.from);
    const now = this.clock.now();
    const schedule = scheduleOf(request, now, this.settings.defaultValidity);
    const metadata = metadataText(request.metadata);
    const route = await this.routes.find(request.route);
    const recipients = readRecipients(request.to);
    const content = composeText(request.text, request.signature);
    const countryCodes = [...new Set(recipients.map(({ countryCode }) => countryCode))];
    const prices = await this.prices.pricesFor(route, countryCodes, now);
    const quote = quoteSubmission(
      content.segments,
      recipients.map(({ countryCode }) => countryCode),
      route.currency,
      (countryCode) => {
        const price = prices.get(countryCode);
        return price && { priceId: price.id, perSegment: money(price.perSegment, route.currency) };
      },
      request.maxPrice && parseMoney(request.maxPrice),
    );
    return { route, recipients, content, quote, now, schedule, metadata };
  }

  /**
   * Stores a submission and returns the answer's JSON text after the commit. The same key and body give the same text.
   * @param body the request as it came, for the comparison of repetitions
   * @throws ApplicationError those of `compose`, `invalid_idempotency_key` (400), `idempotency_key_reused` (422)
   * @throws BatchWriterFullError, DatabaseUnavailableError nothing was stored
   * @throws OutcomeUnknownError stored or not; the same Idempotency-Key tells
   */
  async accept(appId: number, request: SendMessageDto, body: unknown, key: string | undefined): Promise<string> {
    const idempotency = key === undefined ? undefined : { key: checkKey(key), fingerprint: fingerprintOf(body) };
    const composition = await this.compose(request);
    const row = this.rowOf(appId, request, composition, idempotency);
    const outcome = await this.writer.write(row);
    if (outcome === 'replayed' && idempotency !== undefined) return this.replay(appId, idempotency);
    return submissionJson({
      id: row.id,
      encoding: composition.content.encoding,
      segments: row.segments,
      scheduled: row.dueAt > row.createdAt,
      currency: composition.route.currency,
      countryCodes: row.countryCodes,
      msisdns: row.msisdns,
      prices: pricesOf(composition.quote),
    });
  }

  private rowOf(
    appId: number,
    request: SendMessageDto,
    { route, recipients, content, quote, now, schedule, metadata }: Composition,
    idempotency: SubmissionRow['idempotency'],
  ): SubmissionRow {
    const priceIds = new Map(quote.lines.map(({ countryCode, priceId }) => [countryCode, priceId]));
    return {
      id: newSubmissionId(Date.now(), randomBytes(6)),
      appId,
      routeId: route.id,
      lane: LANE[request.priority ?? 'normal'],
      createdAt: now,
      dueAt: schedule.dueAt,
      validUntil: schedule.validUntil,
      segments: content.segments,
      encoding: DATA_CODING[content.encoding],
      sender: request.from ?? null,
      text: request.text,
      signature: request.signature?.text ?? null,
      signatureType: request.signature?.type ?? null,
      resendOnDoubt: request.onDoubt === 'resend',
      metadata,
      currency: route.currency,
      idempotency,
      countryCodes: recipients.map(({ countryCode }) => countryCode),
      msisdns: recipients.map(({ msisdn }) => msisdn),
      numberHashes: recipients.map(({ e164 }) => this.settings.hashNumber(e164.slice(1))),
      priceIds: recipients.map(({ countryCode }) => priceIds.get(countryCode) ?? 0),
      packets: groupIntoPackets(
        recipients.map(({ e164 }) => e164),
        packetSize(route.segmentsPerSecond),
      ),
      holds: quote.lines.map(({ priceId, segments, cost }) => ({
        id: uuidv7(Date.now(), randomBytes(10)),
        priceId,
        quantity: segments,
        amount: formatAmount(cost.amount),
      })),
    };
  }

  /** The answer that the key's first request got, made again from what it stored. */
  private async replay(appId: number, { key, fingerprint }: { key: string; fingerprint: Buffer }): Promise<string> {
    const found = await findSubmission(this.database, appId, key);
    if (found === undefined) {
      throw new ApplicationError(
        'conflict',
        'idempotency_key_in_use',
        'A request with this Idempotency-Key is being processed.',
        {
          retryAfter: 1,
        },
      );
    }
    if (!found.fingerprint.equals(fingerprint)) {
      throw new ApplicationError(
        'rule',
        'idempotency_key_reused',
        'This Idempotency-Key was used with another body in the last 24 hours.',
      );
    }
    const currency = found.currency as Currency;
    return submissionJson({
      id: found.id,
      encoding: encodingOf(found.encoding) ?? 'ucs2',
      segments: found.segments,
      scheduled: found.scheduled,
      currency,
      countryCodes: found.country_codes,
      msisdns: found.msisdns,
      prices: new Map(
        found.price_countries.map((code, index) => [code, money(parseAmount(found.price_amounts[index]), currency)]),
      ),
    });
  }
}

/** A packet holds no more than the route may send in half a second, or the platform would call it too much at once. */
function packetSize(segmentsPerSecond: number): number {
  return Math.max(1, Math.min(MAX_PACKET_NUMBERS, Math.floor(segmentsPerSecond / 2)));
}

function pricesOf(quote: Quote<number>): ReadonlyMap<number, Money> {
  return new Map(quote.lines.map(({ countryCode, perSegment }) => [countryCode, perSegment]));
}

function checkKey(key: string): string {
  if (IDEMPOTENCY_KEY.test(key)) return key;
  const rule = 'must be 1 to 255 printable ASCII characters without blanks';
  throw new ApplicationError('malformed', 'invalid_idempotency_key', `Idempotency-Key ${rule}.`, {
    faults: [{ field: 'Idempotency-Key', rule }],
  });
}

function fingerprintOf(body: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(body)).digest();
}
