import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import type { Caller } from '../../apps/caller.js';
import type { AppPolicy } from '../../apps/domain/app-policy.js';
import { PriceBook } from '../../billing/price-book.js';
import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import type { BulkRow, NewBulk } from '../../database/statements/bulk-job.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { uuidv7 } from '../../uuid.js';
import { AcceptRules } from '../accept-rules.js';
import { type FileRow, type RowFault, RowJudge } from '../domain/bulk-row.js';
import { assignedCountryCodes } from '../domain/numbering-plan.js';
import { unmetDuties } from '../domain/strictness.js';
import { literalTemplate, parseTemplate } from '../domain/template.js';
import { directionWarnings } from '../domain/warnings.js';
import { chooseRoute } from '../route-choice.js';
import { Routes } from '../routes.js';
import type { BulkQuery } from './bulk.dto.js';
import { BulkLoader } from './bulk-loader.js';
import { fileSettings, newBulk } from './bulk-setup.js';
import { readCsvRows } from './reading/csv-rows.js';
import { readNdjsonRows } from './reading/ndjson-rows.js';
import type { UploadedFile } from './upload-body.js';

/** Finds out what a bulk's rows are to be judged by. */
@Injectable()
export class BulkPlans {
  constructor(
    private readonly database: Database,
    private readonly routes: Routes,
    private readonly prices: PriceBook,
    private readonly rules: AcceptRules,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads what a request says of a new bulk; stores nothing.
   * @throws InvalidRequestError, UnknownRouteError, RouteNotAllowedError, ApplicationError `unknown_template` and those of `newBulk`
   */
  async newBulk(caller: Caller, query: BulkQuery, uploadId: string, key: string | undefined): Promise<NewBulk> {
    const { text, template } = query;
    if ((text === undefined) === (template === undefined))
      throw new InvalidRequestError([{ field: 'text', rule: 'must be given, or template, and not both' }]);
    return newBulk(query, {
      id: uuidv7(Date.now(), randomBytes(10)),
      uploadId,
      caller,
      route: await chooseRoute(this.routes, query.route, caller.policy),
      text: text ?? (await this.rules.templateText(caller.appId, template ?? '')),
      idempotencyKey: key,
      now: this.clock.now(),
      defaultValidity: this.rules.defaultValidity,
    });
  }

  /** The rows of a bulk's file. */
  rowsOf(bulk: BulkRow, { body, format, charset }: UploadedFile): AsyncIterable<FileRow> {
    const { mapping, delimiter } = fileSettings(bulk);
    if (format === 'ndjson') return readNdjsonRows(body, { charset, mapping });
    const variables = bulk.shared ? [] : parseTemplate(bulk.text ?? '').variables;
    const required = variables.filter((variable) => variable.required).map(({ name }) => name);
    return readCsvRows(body, { charset, delimiter, mapping, required });
  }

  /** What takes the rows of a bulk in. */
  async loader(caller: Caller, bulk: BulkRow): Promise<BulkLoader> {
    const { text, signature, signature_type: type } = bulk;
    const judge = new RowJudge({
      template: bulk.shared ? literalTemplate(text ?? '') : parseTemplate(text ?? ''),
      signature: signature === null ? undefined : { text: signature, ...(type === null ? {} : { type }) },
      strictNumbers: caller.policy.strictNumbers,
      countryFault: await this.countryFaults(bulk, caller.policy),
    });
    return new BulkLoader(bulk, {
      runner: this.database,
      judge,
      hashNumber: (digits) => this.rules.hashNumber(digits),
      optedOut: (hashes) => this.rules.optedOut(caller.appId, hashes),
    });
  }

  /** What is wrong with each country, looked up once: a million rows go to few of them. */
  private async countryFaults(
    bulk: BulkRow,
    policy: AppPolicy,
  ): Promise<(countryCode: number) => RowFault | undefined> {
    const route = (await this.routes.byId(bulk.route_id)) ?? (await this.routes.find());
    const priced = await this.prices.pricesFor(route, assignedCountryCodes(), this.clock.now());
    const known = new Map<number, RowFault | undefined>();
    return (countryCode) => {
      if (!known.has(countryCode))
        known.set(
          countryCode,
          priced.has(countryCode)
            ? dutyFault(countryCode, bulk, policy)
            : { code: 'unpriced_area', rule: `to is in a country without a price in ${route.currency}` },
        );
      return known.get(countryCode);
    };
  }
}

function dutyFault(countryCode: number, bulk: BulkRow, policy: AppPolicy): RowFault | undefined {
  if (!policy.strictSenders) return undefined;
  const warnings = directionWarnings({
    countryCodes: [countryCode],
    sender: bulk.sender,
    signature: bulk.signature,
    signatureInText: bulk.signature_type === 5,
    registeredCountries: policy.registeredCountries,
  });
  const [duty] = unmetDuties(warnings);
  return duty && { code: 'direction_duty_unmet', rule: duty.rule };
}
