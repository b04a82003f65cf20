import { isCurrency } from '../../billing/domain/currency.js';
import { isAssignedCountryCode } from '../../messaging/domain/numbering-plan.js';
import type { StatementColumns, StatementMapping } from './statement-mapping.js';
import { type TimeReader, timeReader } from './statement-time.js';

/** A row of a provider's statement. */
export interface StatementRow {
  readonly smsUid: string;
  /** Milliseconds since 1970 UTC. */
  readonly acceptedAt: number;
  readonly countryCode: number | undefined;
  /** National number: digits. */
  readonly msisdn: string | undefined;
  readonly segments: number | undefined;
  /** 10^-8 of the currency unit, as `amount`. */
  readonly unitPrice: bigint | undefined;
  readonly amount: bigint;
  readonly currency: string;
  /** SMS_STATE. */
  readonly state: number | undefined;
}

/** What is wrong with a row: the column, as the file calls it, and the rule that it breaks. Never the value. */
export interface RowFault {
  readonly column: string;
  readonly rule: string;
}

/** Why a file's first line does not fit its mapping. */
export interface HeaderFault {
  readonly missing: readonly string[];
}

const SCALE = 8;
const ONE = 10n ** BigInt(SCALE);
const DIGITS = /^\d{1,32}$/;
const PRINTABLE = /^[\x21-\x7e]{1,32}$/;
const NOT_IN_NUMBERS = /[\s().-]/g;
/** What a message's state holds (as src/reporting/domain/apply-report.ts has it). */
const MAX_STATE = 0x7fff_ffff;

/** Reads rows of files of one format. */
export class StatementReader {
  private constructor(
    private readonly mapping: StatementMapping,
    private readonly index: Readonly<Partial<Record<keyof StatementColumns, number>>>,
    private readonly readTime: TimeReader,
  ) {}

  /** @param header the names in a file's first line */
  static of(mapping: StatementMapping, header: readonly string[]): StatementReader | HeaderFault {
    const names = header.map((name) => name.trim());
    const index: Partial<Record<keyof StatementColumns, number>> = {};
    const missing: string[] = [];
    for (const [column, name] of Object.entries(mapping.columns) as [keyof StatementColumns, string | undefined][]) {
      if (name === undefined) continue;
      const place = names.indexOf(name);
      if (place === -1) missing.push(name);
      else index[column] = place;
    }
    if (missing.length > 0) return { missing };
    return new StatementReader(mapping, index, timeReader(mapping.timeFormat, mapping.timeZone));
  }

  /** @param record the fields of a row */
  read(record: readonly string[]): StatementRow | RowFault {
    try {
      return this.rowOf(record);
    } catch (error) {
      if (error instanceof Fault) return { column: this.mapping.columns[error.column] ?? '', rule: error.rule };
      throw error;
    }
  }

  private rowOf(record: readonly string[]): StatementRow {
    const text = (column: keyof StatementColumns): string | undefined => {
      const place = this.index[column];
      const value = place === undefined ? undefined : record[place]?.trim();
      return value === '' ? undefined : value;
    };
    const smsUid = need('smsUid', text('smsUid'));
    if (!PRINTABLE.test(smsUid)) throw new Fault('smsUid', 'must be 1 to 32 printable ASCII characters');
    const acceptedAt = this.readTime(need('acceptedAt', text('acceptedAt')));
    if (acceptedAt === undefined) throw new Fault('acceptedAt', `must be a time such as ${this.mapping.timeFormat}`);
    const unitPrice = text('unitPrice');
    const currency = text('currency') ?? this.mapping.currency;
    if (!isCurrency(currency)) throw new Fault('currency', 'must be a settlement currency');
    return {
      smsUid,
      acceptedAt,
      ...this.numberOf(text),
      segments: segmentsOf(text('segments')),
      unitPrice: unitPrice === undefined ? undefined : this.amountOf('unitPrice', unitPrice),
      amount: this.amountOf('amount', need('amount', text('amount'))),
      currency,
      state: this.stateOf(text('state')),
    };
  }

  private numberOf(text: (column: keyof StatementColumns) => string | undefined) {
    if (this.mapping.columns.number !== undefined) {
      const digits = need('number', text('number'))
        .replaceAll(NOT_IN_NUMBERS, '')
        .replace(/^\+|^00/, '');
      if (!DIGITS.test(digits)) throw new Fault('number', 'must be a telephone number with its country code');
      for (let length = 1; length <= 3 && length < digits.length; length += 1) {
        const countryCode = Number(digits.slice(0, length));
        if (isAssignedCountryCode(countryCode)) return { countryCode, msisdn: digits.slice(length) };
      }
      throw new Fault('number', 'must begin with an assigned country calling code');
    }
    const country = text('countryCode')?.replace(/^\+/, '');
    const msisdn = text('msisdn')?.replaceAll(NOT_IN_NUMBERS, '');
    if (country !== undefined && !/^\d{1,7}$/.test(country))
      throw new Fault('countryCode', 'must be a country calling code');
    if (msisdn !== undefined && !DIGITS.test(msisdn)) throw new Fault('msisdn', 'must be 1 to 32 digits');
    return { countryCode: country === undefined ? undefined : Number(country), msisdn };
  }

  private amountOf(column: 'amount' | 'unitPrice', text: string): bigint {
    const [whole = '', fraction = '', more] = text.split(this.mapping.decimalMark);
    const digits = fraction.replace(/0+$/, '');
    const isAmount =
      more === undefined && /^-?\d{1,12}$/.test(whole) && /^\d*$/.test(fraction) && digits.length <= SCALE;
    if (!isAmount)
      throw new Fault(column, `must be a decimal number with at most 8 digits after the ${this.mapping.decimalMark}`);
    const magnitude = BigInt(whole.replace('-', '')) * ONE + BigInt(digits.padEnd(SCALE, '0'));
    return whole.startsWith('-') ? -magnitude : magnitude;
  }

  private stateOf(text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const { states } = this.mapping;
    if (states === undefined) {
      if (!/^\d{1,10}$/.test(text)) throw new Fault('state', 'must be an SMS_STATE');
      return Math.min(Number(text), MAX_STATE);
    }
    if (!Object.hasOwn(states, text)) throw new Fault('state', 'must be one of the states that the mapping names');
    return states[text];
  }
}

class Fault extends Error {
  constructor(
    readonly column: keyof StatementColumns,
    readonly rule: string,
  ) {
    super(rule);
  }
}

function need(column: keyof StatementColumns, text: string | undefined): string {
  if (text === undefined) throw new Fault(column, 'must be there');
  return text;
}

function segmentsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Fault('segments', 'must be a number of segments');
  return Number(text);
}
