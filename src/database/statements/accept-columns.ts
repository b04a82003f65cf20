import { nullableArray, plainArray, textArray } from '../statement.js';
import type { SubmissionRow } from './accept.js';

const timestamps = (values: readonly number[]): string =>
  textArray(values.map((milliseconds) => new Date(milliseconds).toISOString()));

function submissionColumns(rows: readonly SubmissionRow[]): unknown[] {
  return [
    plainArray(rows.map(({ id }) => id)),
    plainArray(rows.map(({ appId }) => appId)),
    plainArray(rows.map(({ routeId }) => routeId)),
    plainArray(rows.map(({ lane }) => lane)),
    timestamps(rows.map(({ createdAt }) => createdAt)),
    timestamps(rows.map(({ dueAt }) => dueAt)),
    timestamps(rows.map(({ validUntil }) => validUntil)),
    plainArray(rows.map(({ segments }) => segments)),
    plainArray(rows.map(({ encoding }) => encoding)),
    textArray(rows.map(({ sender }) => sender)),
    textArray(rows.map(({ text }) => text)),
    textArray(rows.map(({ signature }) => signature)),
    nullableArray(rows.map(({ signatureType }) => signatureType)),
    plainArray(rows.map(({ resendOnDoubt }) => resendOnDoubt)),
    textArray(rows.map(({ metadata }) => metadata)),
    plainArray(rows.map(({ msisdns }) => msisdns.length)),
    textArray(rows.map(({ idempotency }) => idempotency?.key)),
    textArray(rows.map(({ idempotency }) => idempotency?.fingerprint.toString('hex'))),
  ];
}

/** An array literal that is built one element at a time. */
class Column {
  private literal = '';

  add(value: number | bigint | string): void {
    this.literal += this.literal === '' ? value : `,${value}`;
  }

  toString(): string {
    return `{${this.literal}}`;
  }
}

const columns = (count: number): Column[] => Array.from({ length: count }, () => new Column());

/** Of what belongs to submissions: the place of each one's submission among `rows`, from 1, and what is its own. */
function messageColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(5);
  const [place, country, price, hash, msisdn] = all;
  for (const [index, row] of rows.entries()) {
    for (let member = 0; member < row.msisdns.length; member += 1) {
      place.add(index + 1);
      country.add(row.countryCodes[member]);
      price.add(row.priceIds[member]);
      hash.add(row.numberHashes[member]);
      msisdn.add(row.msisdns[member]);
    }
  }
  return all.map(String);
}

/** Of each submission, how many messages those before it have. */
function messagesBefore(rows: readonly SubmissionRow[]): number[] {
  let sum = 0;
  return rows.map(({ msisdns }) => (sum += msisdns.length) - msisdns.length);
}

function packetColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(3);
  const [place, firstOrdinal, members] = all;
  for (const [index, row] of rows.entries()) {
    for (const packet of row.packets) {
      place.add(index + 1);
      firstOrdinal.add(packet[0]);
      members.add(`"{${packet.join(',')}}"`);
    }
  }
  return all.map(String);
}

function holdColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(6);
  const [place, id, price, quantity, currency, amount] = all;
  for (const [index, row] of rows.entries()) {
    for (const hold of row.holds) {
      place.add(index + 1);
      id.add(hold.id);
      price.add(hold.priceId);
      quantity.add(hold.quantity);
      currency.add(row.currency);
      amount.add(hold.amount);
    }
  }
  return all.map(String);
}

/** The parameters of the statement that stores submissions, in its order. */
export function acceptParameters(rows: readonly SubmissionRow[]): unknown[] {
  return [
    ...submissionColumns(rows),
    textArray(rows.map(({ warnings }) => warnings)),
    plainArray(rows.map(({ currency }) => currency)),
    plainArray(rows.map(({ cost }) => cost)),
    plainArray([...new Set(rows.map(({ appId }) => appId))]),
    plainArray(messagesBefore(rows)),
    ...messageColumns(rows),
    ...packetColumns(rows),
    ...holdColumns(rows),
  ];
}
