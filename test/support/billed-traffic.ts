import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

import { Database } from '../../src/database/database.js';
import { createDataSource } from '../../src/database/data-source.js';
import { GATEWAY_PARTITIONS } from '../../src/database/gateway-tables.js';
import { makePartitions } from '../../src/database/partitions.js';
import { PLATFORM_PARTITIONS } from '../../src/database/platform-tables.js';
import { AccountRecords } from '../../src/platform/admin/account-records.service.js';
import { StatementService } from '../../src/platform/admin/statement.service.js';
import { CustomerAccount } from '../../src/platform/accounts/customer-account.entity.js';
import { parseMonth } from '../../src/platform/domain/statement-month.js';
import { smsUid } from '../../src/platform/domain/sms-uid.js';
import { uuidv7 } from '../../src/uuid.js';
import { createTestDatabase, type TestDatabase } from './databases.js';
import type { GatewayTraffic } from './gateway-traffic.js';
import type { SeededRandom } from './seeded-random.js';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** What an SMS of the month is like. */
export interface BilledSms {
  readonly uid: string;
  readonly messageId: string;
  readonly acceptedAt: number;
  readonly countryCode: number;
  readonly msisdn: string;
  readonly segments: number;
  /** 10^-8 HKD. */
  readonly price: bigint;
  readonly state: number | null;
  /** The gateway never saw the ANSWER: 'open', or settled by silence. */
  readonly doubt: 'open' | 'unconfirmed' | undefined;
}

/** Prices in HKD per segment, of the gateway's book and the platform's alike. */
export const PRICES: ReadonlyMap<number, string> = new Map([
  [852, '0.35'],
  [65, '0.41250001'],
  [86, '0.0575'],
]);

interface Packet {
  readonly packetId: string;
  readonly submissionId: string;
  readonly attemptId: string;
  readonly at: number;
  readonly countryCode: number;
  readonly segments: number;
  readonly sms: BilledSms[];
}

/** Which traffic is made. */
export interface TrafficPlan {
  /** `yyyy-mm` of UTC+8. */
  readonly month: string;
  readonly messages: number;
  /** SMS accepted within eight hours after each edge of the month: what a cut by UTC would put on the other bill. */
  readonly edges: number;
  /** SMS in doubt, all of which the platform accepted. */
  readonly doubts: number;
  readonly seed: SeededRandom;
}

/**
 * A month of traffic in both halves' databases, as sending leaves it behind: the gateway's in a `GatewayTraffic`, the platform's in
 * a database of its own, whose statements are exported by the platform itself.
 */
export class BilledTraffic {
  readonly sms: BilledSms[] = [];
  private serial = 0;

  private constructor(
    readonly gateway: GatewayTraffic,
    readonly plan: TrafficPlan,
    private readonly platformDatabase: TestDatabase,
    private readonly platform: Database,
  ) {}

  static async create(gateway: GatewayTraffic, plan: TrafficPlan): Promise<BilledTraffic> {
    const platformDatabase = await createTestDatabase('platform');
    const platform = new Database({ url: platformDatabase.url, connections: 2, name: 'test platform' });
    const traffic = new BilledTraffic(gateway, plan, platformDatabase, platform);
    const month = monthOf(plan.month);
    for (const [url, tables] of [
      [gateway.url, GATEWAY_PARTITIONS],
      [platformDatabase.url, PLATFORM_PARTITIONS],
    ] as const) {
      const client = new Client({ connectionString: url });
      await client.connect();
      for (let time = month.from - WEEK; time <= month.to; time += WEEK) await makePartitions(client, tables, time);
      await client.end();
    }
    await traffic.setUp();
    await traffic.fill(month);
    return traffic;
  }

  async drop(): Promise<void> {
    await this.platform.close();
    await this.platformDatabase.drop();
  }

  /** The platform's own statement of a month. */
  async export(month: string): Promise<string> {
    const source = await createDataSource('platform', this.platformDatabase.url).initialize();
    try {
      const accounts = new AccountRecords(source.getRepository(CustomerAccount), this.platform);
      const parts: string[] = [];
      for await (const part of new StatementService(accounts, this.platform).lines('demo', monthOf(month)))
        parts.push(part);
      return parts.join('');
    } finally {
      await source.destroy();
    }
  }

  private async setUp(): Promise<void> {
    const { gateway } = this;
    await gateway.rows(`delete from price`);
    for (const [country, price] of PRICES)
      await gateway.rows(
        `insert into price (country_code, currency, per_segment, version, valid_from, author)
         values ($1, 'HKD', $2, 1, '2020-01-01Z', 'test')`,
        [country, price],
      );
    await this.platformRows(
      `insert into account (name, auth_key_digest, currency, default_sender_id, rate_per_second, queue_limit, allowed_addresses,
         certificate_fingerprints) values ('demo', '\\x00', 'HKD', 'CloudSMS', 1000, 1000, '{}', '{}')`,
    );
    await this.platformRows(
      `insert into price (account_id, country_code, per_segment, valid_from)
       select 1, country, price::numeric, '2020-01-01Z' from unnest($1::integer[], $2::text[]) as row (country, price)`,
      [[...PRICES.keys()], [...PRICES.values()]],
    );
  }

  private async fill({ from, to }: { from: number; to: number }): Promise<void> {
    const { plan } = this;
    const { seed, messages, edges, doubts } = plan;
    const within = (start: number, end: number) => Math.floor(start + seed.next() * (end - start));
    const packets: Packet[] = [];
    for (let index = 0; index < edges; index += 1) {
      packets.push(this.packet(within(from + HOUR, from + 8 * HOUR), 1, undefined));
      packets.push(this.packet(within(to + HOUR, to + 8 * HOUR), 1, undefined));
    }
    for (let index = 0; index < doubts; index += 1)
      packets.push(this.packet(within(from + 10 * HOUR, to - HOUR), 1, index % 2 === 0 ? 'open' : 'unconfirmed'));
    let left = messages - 2 * edges - doubts;
    // The first and the last of the month, so that nothing of the month lies outside of what is billed.
    packets.push(this.packet(from + 9 * HOUR, 1, undefined), this.packet(to - 1000, 1, undefined));
    left -= 2;
    while (left > 0) {
      const size = Math.min(left, 1 + seed.below(20));
      packets.push(this.packet(within(from + 9 * HOUR, to - 2000), size, undefined));
      left -= size;
    }
    for (let start = 0; start < packets.length; start += 500) {
      const some = packets.slice(start, start + 500);
      await this.storeAtGateway(some);
      await this.storeAtPlatform(some);
    }
    await this.storeBalances();
  }

  private packet(at: number, size: number, doubt: BilledSms['doubt']): Packet {
    const { seed } = this.plan;
    const random = () => Uint8Array.from({ length: 10 }, () => seed.below(256));
    const head = (time: number) => `${uuidv7(time, random()).slice(0, 28)}00000000`;
    const [packetId, submissionId, attemptId] = [head(at), head(at - 50), uuidv7(at - 20, random())];
    const countryCode = [852, 65, 86][seed.below(3)] ?? 852;
    const segments = 1 + seed.below(3);
    const price = BigInt(Math.round(Number(PRICES.get(countryCode)) * 1e8));
    const sms = Array.from({ length: size }, (_, index) => {
      this.serial += 1;
      const ordinal = index + 1;
      const row: BilledSms = {
        uid: smsUid(packetId, ordinal),
        messageId: submissionId.slice(0, 28) + ordinal.toString(16).padStart(8, '0'),
        acceptedAt: at,
        countryCode,
        msisdn: String((countryCode === 86 ? 13_000_000_000 : 60_000_000) + this.serial),
        segments,
        price,
        state: Number(seed.pick({ 2: 80, 3: 5, 5: 5, 60: 6, 9: 2, 7: 2 })),
        doubt,
      };
      this.sms.push(doubt === undefined ? row : { ...row, state: 2 });
      return this.sms.at(-1) ?? row;
    });
    return { packetId, submissionId, attemptId, at, countryCode, segments, sms };
  }

  private async storeAtGateway(packets: readonly Packet[]): Promise<void> {
    const { gateway } = this;
    const time = (at: number) => new Date(at).toISOString();
    await gateway.rows(
      `insert into submission (id, created_at, due_at, valid_until, app_id, message_count, route_id, lane, segments, encoding)
       select id, at, at, at + interval '1 day', $4, size, 1, 0, segments, 0
       from unnest($1::uuid[], $2::timestamptz[], $3::integer[], $5::integer[]) as row (id, at, size, segments)`,
      [
        packets.map(({ submissionId }) => submissionId),
        packets.map(({ at }) => time(at - 50)),
        packets.map(({ sms }) => sms.length),
        gateway.appId,
        packets.map(({ segments }) => segments),
      ],
    );
    await gateway.rows(
      `insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, members)
       select id, submission, gen_random_uuid(), at - interval '20 ms', at + interval '300 ms', 1, outcome,
         array(select generate_series(1, size))
       from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::integer[], $5::integer[])
         as row (id, submission, at, size, outcome)`,
      [
        packets.map(({ attemptId }) => attemptId),
        packets.map(({ submissionId }) => submissionId),
        packets.map(({ at }) => time(at)),
        packets.map(({ sms }) => sms.length),
        packets.map(({ sms }) => (sms[0]?.doubt === undefined ? 1 : 3)),
      ],
    );
    await this.storeMessages(packets);
    await this.storeLedger(packets);
  }

  private async storeMessages(packets: readonly Packet[]): Promise<void> {
    const { gateway } = this;
    const rows = packets.flatMap((packet) => packet.sms.map((sms, index) => ({ packet, sms, ordinal: index + 1 })));
    await gateway.rows(
      `with row as materialized (
         select * from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::timestamptz[], $5::integer[], $6::text[], $7::bigint[],
           $8::integer[], $9::text[], $10::integer[], $11::text[])
           as row (submission_id, ordinal, attempt_id, at, country, msisdn, hash, segments, uid, state, doubt)
       ), message as (
         insert into message (submission_id, ordinal, created_at, number_hash, app_id, country_code, price_id, route_id, segments,
           encoding, status, acceptances, sms_state, reason, status_at, msisdn, sms_uid, attempt_id)
         select submission_id, ordinal, at - interval '50 ms', hash, $12, country, price.id, 1, segments, 0,
           case when doubt = 'open' then 1 when doubt is not null then 8 when state = 2 then 3 when state = 60 then 6
             when state in (3) then 5 when state = 5 then 4 when state = 7 then 7 else 2 end,
           case when doubt is null then 1 else 0 end, case when doubt is null then state end,
           case when doubt = 'unconfirmed' then -2 end, at, msisdn, case when doubt is null then uid end,
           case when doubt is null then attempt_id end
         from row join price on price.country_code = row.country
       ), known as (
         insert into sms_uid (uid, submission_id, ordinal, attempt_id, answered_at)
         select uid, submission_id, ordinal, attempt_id, at from row where doubt is null
       ), report as (
         insert into report (id, received_at, attempt_id, country_code, sms_state, foreign_body, sms_uid, msisdn)
         select (substr(submission_id::text, 1, 19) || substr(gen_random_uuid()::text, 20))::uuid, at + interval '1 s', attempt_id,
           country, state, false, uid, msisdn
         from row where doubt is null
       )
       insert into doubt (submission_id, ordinal, attempt_id, app_id, since)
       select submission_id, ordinal, attempt_id, $12, at from row where doubt = 'open'`,
      [
        rows.map(({ packet }) => packet.submissionId),
        rows.map(({ ordinal }) => ordinal),
        rows.map(({ packet }) => packet.attemptId),
        rows.map(({ packet }) => new Date(packet.at).toISOString()),
        rows.map(({ sms }) => sms.countryCode),
        rows.map(({ sms }) => sms.msisdn),
        rows.map(({ sms }) => String(gateway.secrets.hashNumber(`${sms.countryCode}${sms.msisdn}`))),
        rows.map(({ sms }) => sms.segments),
        rows.map(({ sms }) => sms.uid),
        rows.map(({ sms }) => sms.state),
        rows.map(({ sms }) => sms.doubt ?? null),
        gateway.appId,
      ],
    );
  }

  /** A hold a submission, a post or release an attempt, a reversal a message, as the gateway enters them. */
  private async storeLedger(packets: readonly Packet[]): Promise<void> {
    const lines = packets.flatMap((packet) => {
      const { submissionId, attemptId, at, countryCode, segments, sms } = packet;
      const line = { at, countryCode, submissionId };
      const [first] = sms;
      const quantity = segments * sms.length;
      const settled = first?.doubt === undefined ? 'post' : first.doubt === 'open' ? undefined : 'release';
      return [
        { ...line, kind: 'hold', from: 'available', to: 'held', quantity, source: submissionId, ordinal: null },
        ...(settled === undefined
          ? []
          : [
              {
                ...line,
                kind: settled,
                from: 'held',
                to: settled === 'post' ? 'spent' : 'available',
                quantity,
                source: attemptId,
                ordinal: null,
              },
            ]),
        ...sms.flatMap(({ state }, index) =>
          state === 60
            ? [
                {
                  ...line,
                  kind: 'reversal',
                  from: 'spent',
                  to: 'available',
                  quantity: segments,
                  source: submissionId,
                  ordinal: index + 1,
                },
              ]
            : [],
        ),
      ];
    });
    await this.gateway.rows(
      `insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount, source_id,
         ordinal)
       select (substr(submission::text, 1, 14) || '7fff-' || substr(gen_random_uuid()::text, 20))::uuid, at, $9, price.id, quantity, kind,
         source_account, target_account, 'HKD', quantity * price.per_segment, source, ordinal
       from unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::uuid[],
         $10::integer[])
         as row (submission, at, country, quantity, kind, source_account, target_account, source, ordinal)
       join price on price.country_code = row.country`,
      [
        lines.map(({ submissionId }) => submissionId),
        lines.map(({ at }) => new Date(at).toISOString()),
        lines.map(({ countryCode }) => countryCode),
        lines.map(({ quantity }) => quantity),
        lines.map(({ kind }) => kind),
        lines.map(({ from }) => from),
        lines.map(({ to }) => to),
        lines.map(({ source }) => source),
        this.gateway.appId,
        lines.map(({ ordinal }) => ordinal),
      ],
    );
  }

  private async storeBalances(): Promise<void> {
    await this.gateway.rows(
      `insert into balance (app_id, currency, kind, amount)
       select app_id, currency, kind, sum(amount) from ledger_entry group by app_id, currency, kind`,
    );
  }

  private async storeAtPlatform(packets: readonly Packet[]): Promise<void> {
    await this.platformRows(
      `insert into packet (id, accepted_at, account_id, encoding, segments, lane, sender, content)
       select id, at, 1, 0, segments, 0, 'CloudSMS', '"text"'
       from unnest($1::uuid[], $2::timestamptz[], $3::integer[]) as row (id, at, segments)`,
      [
        packets.map(({ packetId }) => packetId),
        packets.map(({ at }) => new Date(at).toISOString()),
        packets.map(({ segments }) => segments),
      ],
    );
    const rows = packets.flatMap((packet) => packet.sms.map((sms, index) => ({ packet, sms, ordinal: index + 1 })));
    await this.platformRows(
      `insert into sms (packet_id, ordinal, country_code, msisdn, state, reject_cause, price_id)
       select packet, ordinal, country, msisdn, state, case when state = 60 then 4 end, case when state <> 60 then price.id end
       from unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::integer[])
         as row (packet, ordinal, country, msisdn, state)
       join price on price.country_code = row.country`,
      [
        rows.map(({ packet }) => packet.packetId),
        rows.map(({ ordinal }) => ordinal),
        rows.map(({ sms }) => sms.countryCode),
        rows.map(({ sms }) => sms.msisdn),
        rows.map(({ sms }) => sms.state),
      ],
    );
  }

  private async platformRows(text: string, parameters: unknown[] = []): Promise<void> {
    await this.platform.run({ name: `test_${randomUUID()}`, text }, parameters);
  }
}

function monthOf(name: string): { from: number; to: number } {
  const month = parseMonth(name);
  if (month === undefined) throw new Error('no month');
  return month;
}
