import type { SeededRandom } from './seeded-random.js';

/** A difference that was planted. Amounts in 10^-8. */
export interface Planted {
  readonly cause: string;
  /** SMS_UID of the row, there or gone. */
  readonly uid: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly counter?: { readonly amount: bigint; readonly currency: string };
  /** The row as it stands in the file; undefined: it is not there. */
  row: Row | undefined;
}

interface Row {
  uid: string;
  at: string;
  country: string;
  msisdn: string;
  segments: number;
  price: bigint;
  amount: bigint;
  currency: string;
  state: string;
}

const ONE = 100_000_000n;

const toUnits = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole) * ONE + BigInt(fraction.padEnd(8, '0'));
};
const fromUnits = (units: bigint): string => `${units / ONE}.${(units % ONE).toString().padStart(8, '0')}`;

/**
 * Spoils a real statement, so that it is known what is wrong with it. It knows a statement's columns and nothing of how they
 * are looked at: prices and amounts are reckoned here once more.
 */
export class StatementMutator {
  readonly planted: Planted[] = [];
  private readonly header: string;
  private readonly rows: Row[];
  private readonly untouched: Row[];

  /** @param skip SMS_UIDs that stay as they are */
  constructor(
    text: string,
    private readonly random: SeededRandom,
    skip: ReadonlySet<string>,
  ) {
    const [header = '', ...lines] = text.trimEnd().split('\n');
    this.header = header;
    this.rows = lines.map(parseRow);
    this.untouched = this.rows.filter(({ uid }) => !skip.has(uid));
  }

  /** Plants every cause that the file alone can show, `count` times each, and two on some rows. */
  plantAll(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.segments(this.take(isCharged));
      this.price(this.take(isCharged));
      this.currency(this.take(isCharged));
      this.state(index);
      this.duplicate(this.take(isCharged));
      this.country(this.take(isCharged), index);
      this.remove(this.take(isCharged));
      this.invent();
    }
    for (let index = 0; index < count / 4; index += 1) {
      this.segmentsAndPrice(this.take(isCharged));
      this.countryAndSegments(this.take(({ amount, country }) => amount > 0n && country === '852'));
      this.stateAndPrice(this.take(({ state }) => state === '2'));
      this.currencyAndState(this.take(({ state }) => state === '2'));
    }
    // One LOCAL_REJECTED that the provider does not list: of no cost, and yet missing.
    this.remove(this.take(({ state }) => state === '60'));
  }

  /** Puts rows of the next month's statement into this one, as a cut by another zone would. */
  addFromNext(text: string, uids: readonly string[]): void {
    for (const row of text.trimEnd().split('\n').slice(1).map(parseRow)) {
      if (!uids.includes(row.uid)) continue;
      this.rows.push(row);
      this.plant('outside_period', row, row.amount);
    }
  }

  /** Takes rows out that a cut by another zone puts on the bill before. */
  moveToPrevious(uids: readonly string[]): void {
    for (const row of this.rows.filter(({ uid }) => uids.includes(uid))) {
      this.rows.splice(this.rows.indexOf(row), 1);
      this.planted.push({
        cause: 'outside_period',
        uid: row.uid,
        amount: -row.amount,
        currency: row.currency,
        row: undefined,
      });
    }
  }

  /** Writes another zone's time at rows near the month's beginning: on this bill, and yet of the month before. */
  backdate(uids: readonly string[]): void {
    for (const row of this.rows.filter(({ uid }) => uids.includes(uid))) {
      row.at = shift(row.at, -9);
      this.plant('outside_period', row, 0n);
    }
  }

  /** What the file bills of SMS that the gateway is in doubt of. */
  noteDoubts(uids: ReadonlySet<string>): void {
    for (const row of this.rows) if (uids.has(row.uid)) this.plant('doubt_resolved', row, row.amount);
  }

  /** The spoilt file. */
  text(): string {
    return `${[this.header, ...this.rows.map(formatRow)].join('\n')}\n`;
  }

  /** Line of a row in the spoilt file. */
  lineOf(row: Row): number {
    return this.rows.indexOf(row) + 2;
  }

  /** What the spoilt file bills, by currency. */
  billed(): Map<string, bigint> {
    const sums = new Map<string, bigint>();
    for (const { currency, amount } of this.rows) sums.set(currency, (sums.get(currency) ?? 0n) + amount);
    return sums;
  }

  private take(fits: (row: Row) => boolean): Row {
    for (;;) {
      const index = this.random.below(this.untouched.length);
      const row = this.untouched[index];
      if (row === undefined || !fits(row)) continue;
      this.untouched.splice(index, 1);
      return row;
    }
  }

  private plant(cause: string, row: Row, amount: bigint, currency = row.currency): void {
    this.planted.push({ cause, uid: row.uid, amount, currency, row });
  }

  private segments(row: Row): void {
    row.segments += 1;
    row.amount += row.price;
    this.plant('segments', row, row.price);
  }

  private price(row: Row): void {
    const more = 1_000_000n + BigInt(this.random.below(1000));
    row.price += more;
    row.amount += more * BigInt(row.segments);
    this.plant('unit_price', row, more * BigInt(row.segments));
  }

  private currency(row: Row): void {
    row.currency = 'USD';
    this.planted.push({
      cause: 'currency',
      uid: row.uid,
      amount: row.amount,
      currency: 'USD',
      counter: { amount: -row.amount, currency: 'HKD' },
      row,
    });
  }

  private state(index: number): void {
    switch (index % 3) {
      case 0: {
        const row = this.take(({ state }) => state === '3' || state === '5');
        const was = row.amount;
        row.state = '60';
        row.amount = 0n;
        this.plant('state', row, -was);
        return;
      }
      case 1: {
        const row = this.take(({ state }) => state === '60');
        row.state = '2';
        row.amount = row.price * BigInt(row.segments);
        this.plant('state', row, row.amount);
        return;
      }
      default: {
        const row = this.take(({ state }) => state === '2');
        row.state = '5';
        this.plant('state', row, 0n);
      }
    }
  }

  private duplicate(row: Row): void {
    const copy = { ...row };
    this.rows.splice(this.rows.indexOf(row) + 1 + this.random.below(100), 0, copy);
    this.plant('duplicate', copy, copy.amount);
  }

  private country(row: Row, index: number): void {
    const [country, price] = row.country === '852' ? (['65', 41_250_001n] as const) : (['852', 35_000_000n] as const);
    row.country = country;
    if (index % 4 === 0) {
      this.plant('wrong_country', row, 0n);
      return;
    }
    const was = row.amount;
    row.price = price;
    row.amount = row.price * BigInt(row.segments);
    this.plant('wrong_country', row, row.amount - was);
  }

  private remove(row: Row): void {
    this.rows.splice(this.rows.indexOf(row), 1);
    this.planted.push({
      cause: 'missing_there',
      uid: row.uid,
      amount: -row.amount,
      currency: row.currency,
      row: undefined,
    });
  }

  private invent(): void {
    const template = this.rows[this.random.below(this.rows.length)];
    const hex = () =>
      this.random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, '0');
    const row = {
      ...template,
      uid: (hex() + hex() + hex() + hex()).toUpperCase(),
      country: '852',
      msisdn: String(98_000_000 + this.random.below(1_000_000)),
      segments: 1,
      price: 35_000_000n,
      amount: 35_000_000n,
      currency: 'HKD',
      state: '2',
    };
    this.rows.splice(this.random.below(this.rows.length), 0, row);
    this.plant('missing_here', row, row.amount);
  }

  private segmentsAndPrice(row: Row): void {
    const [price, more] = [row.price, 500_000n];
    row.segments += 1;
    row.price += more;
    row.amount = row.price * BigInt(row.segments);
    this.plant('segments', row, price);
    this.plant('unit_price', row, more * BigInt(row.segments));
  }

  private countryAndSegments(row: Row): void {
    const price = row.price;
    row.segments += 1;
    row.country = '65';
    row.price = 41_250_001n;
    row.amount = row.price * BigInt(row.segments);
    this.plant('segments', row, price);
    this.plant('wrong_country', row, (row.price - price) * BigInt(row.segments));
  }

  private stateAndPrice(row: Row): void {
    row.state = '3';
    row.price += 100n;
    row.amount = row.price * BigInt(row.segments);
    this.plant('state', row, 0n);
    this.plant('unit_price', row, 100n * BigInt(row.segments));
  }

  private currencyAndState(row: Row): void {
    this.currency(row);
    row.state = '5';
    this.plant('state', row, 0n, 'HKD');
  }
}

const isCharged = ({ amount, state }: Row): boolean => amount > 0n && state !== '60';

function parseRow(line: string): Row {
  const [
    uid = '',
    at = '',
    country = '',
    msisdn = '',
    segments = '',
    price = '',
    amount = '',
    currency = '',
    state = '',
  ] = line.split(',');
  return {
    uid,
    at,
    country,
    msisdn,
    segments: Number(segments),
    price: toUnits(price),
    amount: toUnits(amount),
    currency,
    state,
  };
}

function formatRow(row: Row): string {
  return [
    row.uid,
    row.at,
    row.country,
    row.msisdn,
    row.segments,
    fromUnits(row.price),
    fromUnits(row.amount),
    row.currency,
    row.state,
  ].join(',');
}

function shift(at: string, hours: number): string {
  return new Date(Date.parse(`${at.replace(' ', 'T')}Z`) + hours * 3_600_000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
}
