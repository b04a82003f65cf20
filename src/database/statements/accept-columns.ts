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

function messageColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(11);
  const [submission, ordinal, createdAt, app, country, price, route, segments, encoding, hash, msisdn] = all;
  for (const row of rows) {
    const created = `"${new Date(row.createdAt).toISOString()}"`;
    for (let index = 0; index < row.msisdns.length; index += 1) {
      submission.add(row.id);
      ordinal.add(index + 1);
      createdAt.add(created);
      app.add(row.appId);
      country.add(row.countryCodes[index]);
      price.add(row.priceIds[index]);
      route.add(row.routeId);
      segments.add(row.segments);
      encoding.add(row.encoding);
      hash.add(row.numberHashes[index]);
      msisdn.add(row.msisdns[index]);
    }
  }
  return all.map(String);
}

function packetColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(9);
  const [submission, dueAt, validUntil, app, route, lane, segments, firstOrdinal, members] = all;
  for (const row of rows) {
    const due = `"${new Date(row.dueAt).toISOString()}"`;
    const valid = `"${new Date(row.validUntil).toISOString()}"`;
    for (const packet of row.packets) {
      submission.add(row.id);
      dueAt.add(due);
      validUntil.add(valid);
      app.add(row.appId);
      route.add(row.routeId);
      lane.add(row.lane);
      segments.add(row.segments);
      firstOrdinal.add(packet[0]);
      members.add(`"{${packet.join(',')}}"`);
    }
  }
  return all.map(String);
}

function holdColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(8);
  const [id, at, app, price, quantity, currency, amount, source] = all;
  for (const row of rows) {
    const created = `"${new Date(row.createdAt).toISOString()}"`;
    for (const hold of row.holds) {
      id.add(hold.id);
      at.add(created);
      app.add(row.appId);
      price.add(hold.priceId);
      quantity.add(hold.quantity);
      currency.add(row.currency);
      amount.add(hold.amount);
      source.add(row.id);
    }
  }
  return all.map(String);
}

/** The parameters of the statement that stores submissions, in its order. */
export function acceptParameters(rows: readonly SubmissionRow[]): unknown[] {
  return [
    ...submissionColumns(rows),
    ...messageColumns(rows),
    ...packetColumns(rows),
    ...holdColumns(rows),
    textArray(rows.map(({ warnings }) => warnings)),
    plainArray(rows.map(({ currency }) => currency)),
    plainArray(rows.map(({ cost }) => cost)),
    plainArray([...new Set(rows.map(({ appId }) => appId))]),
  ];
}
