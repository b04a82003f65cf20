import { runAudit } from '../../scripts/audit/audit.js';
import { auditFaults } from '../support/audit.js';
import type { HostilePlatform } from '../support/hostile-platform.js';
import type { Order } from './hostile-orders.js';
import { PRICE } from './hostile-sandbox.js';

/** Asks the gateway's database. */
export type Query = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

/** What is known of a run. */
export interface Evidence {
  readonly query: Query;
  readonly platform: HostilePlatform;
  readonly orders: readonly Order[];
  /** Whether workers were killed or stalled. */
  readonly hadMishaps: boolean;
  /** The gateway's database. */
  readonly gateway: string;
  /** 202 bodies that clients got. */
  readonly accepted: readonly string[];
}

/** One message as the gateway has it at the end. */
interface Outcome {
  number: string;
  status: number;
  acceptances: number;
}

const COUNTRY = 852;
const IN_DOUBT = 1;
const SUBMITTED = 2;
const DELIVERED = 3;
/** What a later attempt may still change. */
const OPEN = [0, IN_DOUBT];

/** What must not be at any moment. @returns what was found wrong */
export async function judgeNow(evidence: Evidence): Promise<string[]> {
  return [...judgeNumbers(evidence), ...(await judgeReports(evidence))];
}

/** What must be true when all is quiet. @returns what was found wrong */
export async function judgeEnd(evidence: Evidence): Promise<string[]> {
  return [
    ...judgeNumbers(evidence),
    ...(await judgeReports(evidence)),
    ...(await judgeDoubts(evidence)),
    ...(await judgeDelivery(evidence)),
    ...(await judgeMoney(evidence)),
    ...(await judgeOrders(evidence)),
    ...(await judgeBooks(evidence)),
  ];
}

function judgeNumbers({ orders, platform }: Evidence): string[] {
  const allowed = new Map<string, number>();
  for (const { to, resend } of orders) {
    for (const number of to) allowed.set(number, (allowed.get(number) ?? 0) + (resend ? 2 : 1));
  }
  const got = new Map<string, number>();
  for (const { number } of platform.taken) got.set(number, (got.get(number) ?? 0) + 1);
  const isTooMany = [...got].some(([number, count]) => count > (allowed.get(number) ?? 0));
  return isTooMany ? ['a number got an SMS too many'] : [];
}

async function judgeReports({ query }: Evidence): Promise<string[]> {
  const forgotten = await query(
    `select 1 from message m join sms_uid u using (submission_id, ordinal) join report r on r.sms_uid = u.uid
     where m.status = ${SUBMITTED} and r.sms_state = 2 and not exists (select from report_queue q where q.report_id = r.id)
     limit 1`,
  );
  // Whose attempt has ended in doubt is known by it: there is nothing to wait for.
  const unjoined = await query(
    `select 1 from doubt d join report r on r.attempt_id = d.attempt_id join report_queue q on q.report_id = r.id
     where q.tries > 2 limit 1`,
  );
  return [
    ...(forgotten.length > 0 ? ['a report was stored and forgotten'] : []),
    ...(unjoined.length > 0 ? ['still in doubt, though it was taken and reported'] : []),
  ];
}

async function judgeDoubts({ query, platform, hadMishaps }: Evidence): Promise<string[]> {
  const doubts = await query<{ attempt: string; number: string; detail: string | null }>(
    `select d.attempt_id::text as attempt, '+' || m.country_code || m.msisdn as number, a.detail
     from doubt d join message m using (submission_id, ordinal) left join attempt a on a.id = d.attempt_id`,
  );
  const taken = new Set(platform.taken.map(({ attemptId, number }) => `${attemptId} ${number}`));
  return doubts.flatMap(({ attempt, number, detail }) => {
    const isOrphan = detail === 'no outcome by its deadline' && hadMishaps;
    return [
      ...(platform.cut.has(attempt) || isOrphan ? [] : ['in doubt, though it was answered']),
      ...(taken.has(`${attempt} ${number}`) ? ['still in doubt, though it was taken and reported'] : []),
    ];
  });
}

async function judgeDelivery({ query, platform }: Evidence): Promise<string[]> {
  const outcomes = await query<Outcome>(
    `select '+' || country_code || msisdn as number, status, acceptances from message`,
  );
  const delivered = outcomes.filter(({ status }) => status === DELIVERED).length;
  const accepted = outcomes.reduce((sum, { acceptances }) => sum + acceptances, 0);
  const taken = platform.taken.length;
  const isLost = outcomes.some(({ status }) => OPEN.includes(status) && status !== IN_DOUBT);
  return [
    ...(delivered < outcomes.length * 0.8 ? [`only ${delivered} of ${outcomes.length} were delivered`] : []),
    ...(accepted === taken ? [] : [`${accepted} acceptances are known, ${taken} SMS were taken`]),
    ...(isLost ? ['a message waits in no packet'] : []),
  ];
}

async function judgeMoney({ query, platform }: Evidence): Promise<string[]> {
  const [sums] = await query<{ spent: number; held: number; drift: number; doubtful: number }>(
    `select coalesce(sum(amount) filter (where to_account = 'spent'), 0)::float8
         - coalesce(sum(amount) filter (where from_account = 'spent'), 0)::float8 as spent,
       coalesce(sum(amount) filter (where to_account = 'held'), 0)::float8
         - coalesce(sum(amount) filter (where from_account = 'held'), 0)::float8 as held,
       (select count(*) from (select kind, sum(amount) as amount from ledger_entry group by kind) entry
         full join (select kind, sum(amount) as amount from balance group by kind) sums using (kind)
         where entry.amount is distinct from sums.amount)::int as drift,
       (select count(*) from message where status = ${IN_DOUBT})::int as doubtful
     from ledger_entry`,
  );
  const cents = (amount: number): number => Math.round(amount * 100);
  const isCostRight = cents(sums?.spent ?? 0) === cents(platform.taken.length * PRICE);
  const isHeldRight = cents(sums?.held ?? 0) === cents((sums?.doubtful ?? 0) * PRICE);
  return [
    ...(isCostRight ? [] : ['the cost is not what was taken']),
    ...(isHeldRight ? [] : ['held is not what is in doubt']),
    ...(sums?.drift === 0 ? [] : ['the balances are not the sums of the entries']),
  ];
}

async function judgeOrders({ query, orders }: Evidence): Promise<string[]> {
  const [row] = await query<{ submissions: number; messages: number }>(
    `select (select count(*) from submission)::int as submissions, (select count(*) from message)::int as messages`,
  );
  const messages = orders.reduce((sum, { to }) => sum + to.length, 0);
  const isRight = row?.submissions === orders.length && row.messages === messages;
  return isRight ? [] : ['an order was taken in twice, or not at all'];
}

/** The books against the platform's record, its ANSWERs and the 202 bodies. */
async function judgeBooks({ gateway, platform, accepted }: Evidence): Promise<string[]> {
  const result = await runAudit({
    gateway,
    statementRows: platform.taken.map(({ uid, number }) => ({
      uid,
      acceptedAt: new Date().toISOString(),
      countryCode: COUNTRY,
      msisdn: number.slice(1 + String(COUNTRY).length),
      segments: 1,
      unitPrice: String(PRICE),
      amount: String(PRICE),
      currency: 'HKD',
      state: 2,
    })),
    complete: true,
    acceptedTexts: accepted,
    answerTexts: platform.answers,
    limit: 5,
  });
  return auditFaults(result).map((fault) => `the auditor found ${fault}`);
}
