import { Injectable } from '@nestjs/common';

import type { Caller } from '../apps/caller.js';
import { type AppPolicy, checkSenderAllowed } from '../apps/domain/app-policy.js';
import {
  type Idempotency,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  readIdempotency,
} from '../apps/idempotency-key.js';
import type { Currency } from '../billing/domain/currency.js';
import { formatAmount, type Money, money, parseAmount, parseMoney } from '../billing/domain/money.js';
import { PriceBook } from '../billing/price-book.js';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import type { SubmissionRow } from '../database/statements/accept.js';
import { findSubmission } from '../database/statements/find-submission.js';
import { ApplicationError, type ErrorKind } from '../errors.js';
import { pooledRandomBytes } from '../random-pool.js';
import { uuidv7 } from '../uuid.js';
import { AcceptRules } from './accept-rules.js';
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
import { groupIntoPackets, packetSize } from './domain/packets.js';
import type { PhoneNumber } from './domain/phone-number.js';
import type { Quote } from '../billing/domain/quote.js';
import { numberWarnings, refuseUnassigned, refuseUnmetDuties } from './domain/strictness.js';
import { directionWarnings, signatureWarnings, type Warning } from './domain/warnings.js';
import { chooseRoute } from './route-choice.js';
import { type RouteInfo, Routes } from './routes.js';
import type { SendMessageDto } from './send-message.dto.js';
import { SubmissionWriter } from './submission-writer.js';
import { submissionJson } from './submission.view.js';

/** Lanes of a flow (design.md 3 rule 3), as stored. */
export const LANE = { normal: 0, high: 1 } as const;

/** Kinds of errors by which a request is refused: its repetition may have been taken in before. */
const REFUSALS: ReadonlySet<ErrorKind> = new Set(['malformed', 'rule', 'forbidden', 'overload']);

/** A request that was read, judged and priced, and of which nothing is stored yet. */
export interface Composition {
  readonly route: RouteInfo;
  readonly recipients: readonly PhoneNumber[];
  /** As given, or as the template made it: without signature. */
  readonly text: string;
  readonly content: ComposedText;
  readonly quote: Quote<number>;
  /** Business time of the request, milliseconds. */
  readonly now: number;
  readonly schedule: Schedule;
  /** JSON text. */
  readonly metadata: string | null;
  readonly warnings: readonly Warning[];
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
    private readonly rules: AcceptRules,
  ) {}

  /**
   * Reads, judges and prices a request; stores nothing.
   * @throws ApplicationError 400 and 422 of `domain/compose.ts` and `domain/strictness.ts`, `unknown_route`, those of
   *   `AcceptRules`, and what the app may not use: `route_not_allowed`, `sender_not_allowed`
   */
  async compose(request: SendMessageDto, { appId, policy }: Pick<Caller, 'appId' | 'policy'>): Promise<Composition> {
    checkSender(request.from);
    checkSenderAllowed(policy, request.from);
    const now = this.clock.now();
    const schedule = scheduleOf(request, now, this.rules.defaultValidity);
    const metadata = metadataText(request.metadata);
    const route = await chooseRoute(this.routes, request.route, policy);
    const recipients = readRecipients(request.to);
    if (policy.strictNumbers) refuseUnassigned(recipients);
    const text = await this.rules.textOf(appId, request);
    const content = composeText(text, request.signature);
    const countryCodes = recipients.map(({ countryCode }) => countryCode);
    const prices = await this.prices.pricesFor(route, [...new Set(countryCodes)], now);
    const quote = quoteSubmission(
      content.segments,
      countryCodes,
      route.currency,
      (countryCode) => {
        const price = prices.get(countryCode);
        return price && { priceId: price.id, perSegment: money(price.perSegment, route.currency) };
      },
      request.maxPrice && parseMoney(request.maxPrice),
    );
    const warnings = warningsOf(request, text, recipients, content, policy);
    if (policy.strictSenders) refuseUnmetDuties(warnings);
    return { route, recipients, text, content, quote, now, schedule, metadata, warnings };
  }

  /**
   * Stores a submission and returns the answer's JSON text after the commit. The same key and body give the same text for
   * 24 hours, also where the request would be refused by now: a price may have ended, a route may have been taken away.
   * @param body the request as it came, for the comparison of repetitions
   * @throws ApplicationError those of `compose`, `invalid_idempotency_key` (400), `idempotency_key_reused` (422)
   * @throws RateLimitedError, BatchWriterFullError, DatabaseUnavailableError nothing was stored
   * @throws OutcomeUnknownError stored or not; the same Idempotency-Key tells
   */
  async accept(caller: Caller, request: SendMessageDto, body: unknown, key: string | undefined): Promise<string> {
    const idempotency = readIdempotency(key, body);
    try {
      return await this.store(caller, request, idempotency);
    } catch (error) {
      const refused = error instanceof ApplicationError && REFUSALS.has(error.kind);
      const known = refused && idempotency !== undefined ? await this.replay(caller.appId, idempotency) : undefined;
      if (known === undefined) throw error;
      return known;
    }
  }

  private async store(
    { appId, policy }: Caller,
    request: SendMessageDto,
    idempotency: Idempotency | undefined,
  ): Promise<string> {
    const composition = await this.compose(request, { appId, policy });
    const row = this.rowOf(appId, request, composition, idempotency);
    await this.rules.refuseOptedOut(appId, row.numberHashes);
    const outcome = await this.writer.write(row, policy);
    if (outcome === 'replayed' && idempotency !== undefined) {
      const known = await this.replay(appId, idempotency);
      if (known === undefined) throw new IdempotencyKeyInUseError();
      return known;
    }
    return submissionJson({
      id: row.id,
      encoding: composition.content.encoding,
      segments: row.segments,
      scheduled: row.dueAt > row.createdAt,
      currency: composition.route.currency,
      warnings: row.warnings,
      countryCodes: row.countryCodes,
      msisdns: row.msisdns,
      prices: pricesOf(composition.quote),
    });
  }

  private rowOf(
    appId: number,
    request: SendMessageDto,
    { route, recipients, text, content, quote, now, schedule, metadata, warnings }: Composition,
    idempotency: SubmissionRow['idempotency'],
  ): SubmissionRow {
    const priceIds = new Map(quote.lines.map(({ countryCode, priceId }) => [countryCode, priceId]));
    return {
      id: newSubmissionId(Date.now(), pooledRandomBytes(6)),
      appId,
      routeId: route.id,
      lane: LANE[request.priority ?? 'normal'],
      createdAt: now,
      dueAt: schedule.dueAt,
      validUntil: schedule.validUntil,
      segments: content.segments,
      encoding: DATA_CODING[content.encoding],
      sender: request.from ?? null,
      text,
      signature: request.signature?.text ?? null,
      signatureType: request.signature?.type ?? null,
      resendOnDoubt: request.onDoubt === 'resend',
      metadata,
      warnings: warnings.length === 0 ? null : JSON.stringify(warnings),
      currency: route.currency,
      cost: formatAmount(quote.total.amount),
      idempotency,
      countryCodes: recipients.map(({ countryCode }) => countryCode),
      msisdns: recipients.map(({ msisdn }) => msisdn),
      numberHashes: recipients.map(({ e164 }) => this.rules.hashNumber(e164.slice(1))),
      priceIds: recipients.map(({ countryCode }) => priceIds.get(countryCode) ?? 0),
      packets: groupIntoPackets(
        recipients.map(({ e164 }) => e164),
        packetSize(route.segmentsPerSecond),
      ),
      holds: quote.lines.map(({ priceId, segments, cost }) => ({
        id: uuidv7(Date.now(), pooledRandomBytes(10)),
        priceId,
        quantity: segments,
        amount: formatAmount(cost.amount),
      })),
    };
  }

  /**
   * The answer that the key's first request got, made again from what it stored; undefined: there is none.
   * @throws IdempotencyKeyReusedError
   */
  private async replay(appId: number, { key, fingerprint }: Idempotency): Promise<string | undefined> {
    const found = await findSubmission(this.database, appId, key);
    if (found === undefined) return undefined;
    if (!found.fingerprint.equals(fingerprint)) throw new IdempotencyKeyReusedError();
    const currency = found.currency as Currency;
    return submissionJson({
      id: found.id,
      encoding: encodingOf(found.encoding) ?? 'ucs2',
      segments: found.segments,
      scheduled: found.scheduled,
      warnings: found.warnings,
      currency,
      countryCodes: found.country_codes,
      msisdns: found.msisdns,
      prices: new Map(
        found.price_countries.map((code, index) => [code, money(parseAmount(found.price_amounts[index]), currency)]),
      ),
    });
  }
}

function pricesOf(quote: Quote<number>): ReadonlyMap<number, Money> {
  return new Map(quote.lines.map(({ countryCode, perSegment }) => [countryCode, perSegment]));
}

/** Everything that is worth saying about a request that is taken all the same. */
function warningsOf(
  request: SendMessageDto,
  text: string,
  recipients: readonly PhoneNumber[],
  { formatted }: ComposedText,
  { registeredCountries }: AppPolicy,
): Warning[] {
  return [
    ...signatureWarnings(text, formatted),
    ...directionWarnings({
      countryCodes: recipients.map(({ countryCode }) => countryCode),
      sender: request.from,
      signature: request.signature?.text,
      signatureInText: request.signature?.type === 5,
      registeredCountries,
    }),
    ...numberWarnings(recipients),
  ];
}
