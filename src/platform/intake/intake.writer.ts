import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { formatAmount, parseAmount } from '../../billing/domain/money.js';
import { BatchWriter, BatchWriterFullError } from '../../database/batch-writer.js';
import { Database } from '../../database/database.js';
import { type MeterRow, READ_METER, TAKE_IN_PACKETS } from '../../database/statements/platform-intake.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import type { Account } from '../domain/account.js';
import { admit, type Admission, type Meter } from '../domain/admission.js';
import { type MeterReading, refusedBy } from '../domain/meter-reading.js';
import { type AcceptedPacket, costOf, demandOf, handedOn, packetColumns, withCoverage } from './accepted-packet.js';

/** What became of a packet: stored, with what the balance covered; or refused as a whole, and nothing was changed. */
export type IntakeResult = 'stored' | 'busy' | 'queue_full';

const SMS_A_FLUSH = 2000;
const SMS_WAITING = 20_000;
/** How often a judgement is made anew because another process was faster. */
const TRIES = 20;

/**
 * Stores packets: balance, rate and queue are taken in the statement that stores what they were taken for, so that there is
 * never a debit without its SMS nor the reverse, whatever process or connection dies.
 *
 * Each account has its own stream of flushes: concurrent packets of an account share a statement and a commit, and no
 * account waits for another's. What an account sends beyond its limits is refused by what was read last, without a statement.
 */
@Injectable()
export class IntakeWriter {
  private readonly streams = new Map<number, BatchWriter<AcceptedPacket, IntakeResult>>();
  /** Of each account the last one, taken when the limits were in question. */
  private readonly readings = new Map<number, MeterReading>();

  constructor(private readonly database: Database) {}

  /**
   * Resolves once the packet is committed, or known to be refused.
   * @throws DatabaseUnavailableError nothing was committed
   * @throws OutcomeUnknownError it may have been committed or not
   * @throws BatchWriterFullError nothing was committed
   */
  store(account: Account, packet: AcceptedPacket): Promise<IntakeResult> {
    const reading = this.readings.get(account.id);
    const refusal = reading && refusedBy(reading, performance.now(), demandOf([packet]), account);
    if (refusal !== undefined) return Promise.resolve(refusal);
    const stream = this.streams.get(account.id) ?? this.open(account.id);
    return stream.submit(packet);
  }

  private open(accountId: number): BatchWriter<AcceptedPacket, IntakeResult> {
    const stream = new BatchWriter<AcceptedPacket, IntakeResult>({
      name: 'intake',
      flush: (packets) => this.flush(accountId, packets),
      maxFlush: SMS_A_FLUSH,
      maxWaiting: SMS_WAITING,
      weight: ({ sms }) => sms,
    });
    this.streams.set(accountId, stream);
    return stream;
  }

  private async flush(accountId: number, packets: readonly AcceptedPacket[]): Promise<readonly IntakeResult[]> {
    if (await this.takeIn(accountId, packets, null)) return packets.map(() => 'stored');
    for (let tries = 0; tries < TRIES; tries += 1) {
      const at = performance.now();
      const [row] = await this.database.run(READ_METER, [accountId]);
      if (row === undefined) throw new Error('an account without a balance');
      const meter = toMeter(row);
      const admissions = admit(meter, packets.map(toDemand));
      const admitted = packets.flatMap((packet, index) => admittedPart(packet, admissions[index]));
      if (admitted.length === 0 || (await this.takeIn(accountId, admitted, row.version))) {
        this.readings.set(accountId, readingAfter(meter, admitted, at));
        return admissions.map(toResult);
      }
    }
    throw new BatchWriterFullError('intake');
  }

  private async takeIn(accountId: number, packets: readonly AcceptedPacket[], version: number | null) {
    const { total, sms, waiting } = demandOf(packets);
    const rows = await this.database.run(TAKE_IN_PACKETS, [
      accountId,
      formatAmount(total),
      sms,
      waiting,
      version,
      ...packetColumns(packets, () => uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES))),
    ]);
    return rows.length > 0;
  }
}

function toMeter(row: MeterRow): Meter {
  return {
    balance: parseAmount(row.amount),
    tokens: row.tokens,
    burst: row.rate_per_second,
    waiting: row.waiting,
    queueLimit: row.queue_limit,
  };
}

/** What the meter showed, less what was taken from it since. */
function readingAfter(meter: Meter, taken: readonly AcceptedPacket[], at: number): MeterReading {
  const { sms, waiting } = demandOf(taken);
  return { tokens: meter.tokens - sms, burst: meter.burst, waiting: meter.waiting + waiting, at };
}

function toDemand(packet: AcceptedPacket) {
  return { sms: packet.sms, costs: handedOn(packet).map((number) => costOf(packet, number)) };
}

function admittedPart(packet: AcceptedPacket, admission: Admission): AcceptedPacket[] {
  return admission.kind === 'admitted' ? [withCoverage(packet, admission.covered)] : [];
}

function toResult({ kind }: Admission): IntakeResult {
  return kind === 'admitted' ? 'stored' : kind;
}
