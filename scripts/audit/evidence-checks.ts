import type { Check } from './check.js';

/** What was accepted before the oldest week that is left can't be held against anything. */
const KEPT_SINCE = '(select at from audit_horizon)';

/** An SMS of ours that was accepted: what it costs here, and when its attempt ran. */
const ACCEPTED = `select message.sms_uid as uid, message.submission_id, message.ordinal, message.attempt_id,
    message.country_code, message.msisdn, message.segments, message.status, price.per_segment, price.currency,
    case when message.sms_state is distinct from 60 then message.segments * price.per_segment else 0 end as amount
  from message join price on price.id = message.price_id where message.acceptances > 0
  union all
  select further.sms_uid, further.submission_id, further.ordinal, further.attempt_id, message.country_code,
    message.msisdn, message.segments, message.status, price.per_segment, price.currency,
    case when further.sms_state is distinct from 60 then message.segments * price.per_segment else 0 end
  from acceptance further join message on message.submission_id = further.submission_id
    and message.ordinal = further.ordinal
  join price on price.id = message.price_id`;

/** Numbers that the platform may have taken without our knowing yet: being sent, or in doubt. */
const OPEN_NUMBERS = `select distinct country_code, msisdn from message where status in (0, 1)`;

const MONTH = (time: string): string => `to_char(${time} at time zone 'Asia/Hong_Kong', 'YYYY-MM')`;

/** The platform's statement against our accepted SMS, both ways, by SMS_UID. */
const STATEMENT: readonly Check[] = [
  {
    name: 'statement rows',
    says: "every SMS that the platform charges is one that we have accepted, at the platform's amount, and the reverse",
    looksAt: 'select count(*) from audit_statement',
    finds: `with accepted as materialized (${ACCEPTED}),
      covered as (
        select distinct ${MONTH('accepted_at')} as month, max(accepted_at) over () as until from audit_statement),
      pair as (
        select coalesce(stated.uid, accepted.uid) as uid, accepted.submission_id as submission, accepted.ordinal,
          stated.line as "statementLine", stated.amount as "platformAmount", accepted.amount as "ourAmount",
          case
            when accepted.uid is null and stated.amount <> 0 and not exists (select from (${OPEN_NUMBERS}) o
              where o.country_code = stated.country_code and o.msisdn = stated.msisdn) then 'missing here'
            when accepted.uid is null then null
            when stated.uid is null and accepted.amount <> 0 and ((select complete from audit_horizon) or exists (
              select from attempt
              where attempt.id = accepted.attempt_id and attempt.ended_at <= (select max(until) from covered)
                and ${MONTH('attempt.claimed_at')} in (select month from covered)
                and ${MONTH('attempt.ended_at')} in (select month from covered))) then 'missing there'
            when stated.uid is null then null
            when stated.country_code <> accepted.country_code or stated.msisdn <> accepted.msisdn then 'number'
            when stated.currency <> accepted.currency then 'currency'
            when stated.segments <> accepted.segments then 'segments'
            when stated.unit_price <> accepted.per_segment then 'unit price'
            when stated.amount <> accepted.amount and not (stated.state = 60 and accepted.status = 2) then 'amount'
          end as what
        from accepted full join (select * from audit_statement where accepted_at >= ${KEPT_SINCE}) stated
          on stated.uid = accepted.uid)
      select * from pair where what is not null
      union all
      select uid, null, null, max(line), sum(amount), null, 'several rows' from audit_statement
      group by uid having count(*) > 1`,
  },
  {
    name: 'statement total',
    says: "our net is the platform's debits, less those of SMS that are still under way or in doubt here",
    looksAt: 'select count(distinct currency) from audit_statement',
    finds: `with open as (${OPEN_NUMBERS}),
      debited as (
        select currency, sum(amount) as amount from audit_statement stated
        where not exists (select from open
          where open.country_code = stated.country_code and open.msisdn = stated.msisdn
            and not exists (select from sms_uid where sms_uid.uid = stated.uid))
        group by 1
      ), unreported as (
        -- Rejected there, and the report of it is on its way.
        select accepted.currency, sum(accepted.amount) as amount
        from (${ACCEPTED}) accepted join audit_statement stated using (uid)
        where stated.state = 60 and accepted.status = 2 group by 1
      ), net as (
        select currency,
          sum(case when to_account = 'spent' then amount when from_account = 'spent' then -amount else 0 end) as amount
        from ledger_entry group by 1)
      select currency, coalesce(debited.amount, 0) as "platformDebits",
        coalesce(net.amount, 0) - coalesce(unreported.amount, 0) as "ourNet"
      from debited full join net using (currency) left join unreported using (currency)
      where (select complete from audit_horizon)
        and coalesce(debited.amount, 0) <> coalesce(net.amount, 0) - coalesce(unreported.amount, 0)`,
  },
];

/** Kept 202 bodies against what is stored. */
const ACCEPTED_BODIES: readonly Check[] = [
  {
    name: '202 bodies',
    says: 'every 202 that a client kept is a submission with those messages, prices and costs, and that hold',
    looksAt: 'select count(*) from audit_kept_submission',
    finds: `with kept as (
        select * from audit_kept_submission where id >= (select id from audit_horizon)),
      found as (
        select kept.id as submission, null::int as ordinal, kept.line, 'no such submission' as what
        from kept where not exists (select from submission where submission.id = kept.id)
        union all
        select kept.id, null, kept.line, 'number of messages'
        from kept join submission on submission.id = kept.id where submission.message_count <> kept.messages
        union all
        select kept.id, null, kept.line, 'cost is not what was held'
        from kept join submission on submission.id = kept.id
        left join lateral (
          select sum(amount) as amount, min(currency)::text as currency from ledger_entry entry
          where entry.source_id = kept.id and entry.kind = 'hold') held on true
        where (kept.cost, kept.currency) is distinct from (held.amount, held.currency)
        union all
        select kept.id, null, kept.line, 'cost is not that of its messages'
        from kept where kept.cost is distinct from (
          select sum(message.cost) from audit_kept_message message where message.submission_id = kept.id)
        union all
        select answered.submission_id, answered.ordinal, kept.line, case
            when message.ordinal is null then 'no such message'
            when message.msisdn is not null and message.country_code || message.msisdn <> answered.digits then 'number'
            when message.segments <> answered.segments then 'segments'
            when price.per_segment <> answered.price or price.currency <> answered.currency then 'price'
            when answered.cost <> message.segments * price.per_segment then 'cost' end
        from audit_kept_message answered join kept on kept.id = answered.submission_id
        join submission on submission.id = kept.id
        left join message on message.submission_id = answered.submission_id and message.ordinal = answered.ordinal
        left join price on price.id = message.price_id)
      select * from found where what is not null`,
  },
];

/** Kept ANSWERs against what is stored. */
const ANSWERS: readonly Check[] = [
  {
    name: 'answers',
    says: 'every number that an ANSWER accepted is a message that was accepted under its SMS_UID, and no other is',
    looksAt: 'select count(*) from audit_kept_answer',
    finds: `with open as (select distinct country_code || msisdn as digits from message where status in (0, 1)),
      compared as (
        select kept.uid, sms_uid.submission_id as submission, sms_uid.ordinal, kept.line, case
            when kept.result_code <> 1 and sms_uid.uid is not null then 'accepted here, refused there'
            when kept.result_code <> 1 then null
            when sms_uid.uid is null and kept.digits not in (select digits from open) then 'no such SMS_UID'
            when sms_uid.uid is null then null
            when message.ordinal is null then 'no such message'
            when message.country_code || message.msisdn <> kept.digits then 'number'
            when not (message.acceptances > 0 and (message.sms_uid = kept.uid or message.attempt_id = sms_uid.attempt_id
              or exists (select from acceptance further where further.submission_id = message.submission_id
                and further.ordinal = message.ordinal and further.attempt_id = sms_uid.attempt_id)))
              then 'not accepted' end as what
        from audit_kept_answer kept left join sms_uid on sms_uid.uid = kept.uid
        left join message on message.submission_id = sms_uid.submission_id and message.ordinal = sms_uid.ordinal)
      select * from compared where what is not null`,
  },
];

/** The checks that need what somebody else has kept, by what they need. */
export const EVIDENCE_CHECKS = { statement: STATEMENT, accepted: ACCEPTED_BODIES, answers: ANSWERS } as const;
