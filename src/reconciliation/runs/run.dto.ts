import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  Min,
} from 'class-validator';

import type { MoneyJson } from '../../billing/domain/money.js';
import { PageQuery } from '../../rest/page.js';
import { ToBoolean } from '../../rest/transforms.js';
import { DIFFERENCE_CAUSES, type DifferenceCause, type Proposal } from '../domain/difference-cause.js';
import type { RunPhase } from '../domain/run-phase.js';
import { PERIOD } from '../statements/statement.dto.js';

/** Body of `POST /v1/reconciliation/runs`. */
export class CreateRunDto {
  /** Id of a statement. */
  @IsUUID()
  statement: string;

  /** Month or day of UTC+8. Default: the statement's. */
  @IsOptional()
  @Matches(PERIOD, { message: 'period must be such as 2026-11 or 2026-11-05' })
  period?: string;

  /** The one route whose messages are looked at. Default: the statement's. */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  route?: string;
}

/** Query parameters of `GET /v1/reconciliation/runs/{id}/differences`. */
export class DifferencesQuery extends PageQuery {
  @IsOptional()
  @IsIn(DIFFERENCE_CAUSES, { message: `cause must be one of ${DIFFERENCE_CAUSES.join(', ')}` })
  cause?: DifferenceCause;

  /** Only those that propose a change on which nobody has decided. */
  @IsOptional()
  @ToBoolean()
  @IsIn([true, false], { message: 'open must be true or false' })
  open?: boolean;
}

/** Body of `POST /v1/reconciliation/runs/{id}/adjustments`: either `differences` or `cause`. */
export class DecideDto {
  @IsIn(['approve', 'reject'], { message: 'decision must be approve or reject' })
  decision: 'approve' | 'reject';

  /** Ids of differences. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  differences?: number[];

  /** All proposals of a cause. */
  @IsOptional()
  @IsIn(DIFFERENCE_CAUSES, { message: `cause must be one of ${DIFFERENCE_CAUSES.join(', ')}` })
  cause?: DifferenceCause;
}

/** What became of a decision. */
export class DecidedView {
  /** Proposals that were decided by this call. */
  readonly decided: number;
  /** Of them, those that changed a message and the ledger; others had been overtaken by a report. */
  readonly effective: number;
}

/** A cause, how often it was found, and what it comes to. */
export class CauseTotalView {
  readonly cause: DifferenceCause;
  readonly count: number;
  /** Positive: the bill is higher than our books. */
  readonly amount: MoneyJson;
}

/** What a run comes to in a currency. `billed` - `ours` = `explained` + `unexplained`. */
export class RunTotalView {
  /** The whole statement. */
  readonly billed: MoneyJson;
  /** What the ledger has spent on the SMS of the period. */
  readonly ours: MoneyJson;
  /** The sum of all differences. */
  readonly explained: MoneyJson;
  /** Anything but 0 is a defect of the books, and never of the bill. */
  readonly unexplained: MoneyJson;
  readonly causes: CauseTotalView[];
}

/** How many changes a run proposes. */
export class ProposalsView {
  readonly open: number;
  readonly approved: number;
  readonly rejected: number;
}

/** A run: a statement held against our messages. */
export class RunView {
  readonly id: string;
  readonly statementId: string;
  readonly period: string;
  readonly from: string;
  /** Not included. */
  readonly to: string;
  /** Null: all routes. */
  readonly route: string | null;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  /** What it is at. */
  readonly phase: RunPhase;
  /** 0 to 1. */
  readonly progress: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Why it was given up. */
  readonly failure: string | null;
  /** Whether every cent has its cause; null until it is done. */
  readonly balanced: boolean | null;
  /** One a currency; empty until it is done. */
  readonly totals: RunTotalView[];
}

/** A run with what it proposes. */
export class RunDetailView extends RunView {
  readonly proposals: ProposalsView;
}

/** The bill's side of a difference. */
export class BilledSideView {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly smsUid: string;
  readonly acceptedAt: string;
  readonly countryCode: number | null;
  /** Masked. */
  readonly number: string | null;
  readonly segments: number | null;
  readonly unitPrice: MoneyJson | null;
  readonly amount: MoneyJson;
  /** SMS_STATE. */
  readonly state: number | null;
}

/** Our side of a difference, as it was when the run collected it. */
export class OurSideView {
  readonly messageId: string;
  readonly sentAt: string | null;
  readonly countryCode: number | null;
  readonly segments: number | null;
  readonly unitPrice: MoneyJson | null;
  /** SMS_STATE. */
  readonly state: number | null;
}

/** One cause of a difference between the bill and our books. */
export class DifferenceView {
  readonly id: number;
  readonly cause: DifferenceCause;
  /** What the bill is over (or, negative, under) our books for this cause. */
  readonly amount: MoneyJson;
  /** Of `currency` alone: the same in our currency. */
  readonly counterAmount: MoneyJson | null;
  /** Null: the bill has no such row. */
  readonly billed: BilledSideView | null;
  /** Null: nothing of ours. */
  readonly ours: OurSideView | null;
  /** SMS_STATE of the raw reports that the callback took in for the bill's SMS_UID, in their order. */
  readonly reportedStates: number[];
  /** What of ours should change. */
  readonly proposal: Proposal | null;
  readonly decision: 'approved' | 'rejected' | null;
  readonly decidedAt: string | null;
  /** Whether the approval changed anything: a report may have been faster. */
  readonly effective: boolean | null;
}
