import { Injectable } from '@nestjs/common';

import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Database } from '../../database/database.js';
import { ASK_FOR_JOB_RUN } from '../../database/statements/job-finish.js';
import { listJobRuns, listJobs } from '../../database/statements/job-list.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { jobRunView, type JobRunView, jobView, type JobView } from './job.view.js';

/** No worker has declared a job of this name. */
export class JobNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'job_not_found', 'There is no such job.');
  }
}

const isText = (position: Position): position is [string] => position.length === 1 && typeof position[0] === 'string';
const isTime = (position: Position): position is [number] =>
  position.length === 1 && typeof position[0] === 'number' && !Number.isNaN(new Date(position[0]).getTime());

const jobCursors = new Cursors('jobs', isText);
const runCursors = new Cursors('job runs', isTime);

/** The jobs of the installation, for its operators. This process runs none of them. */
@Injectable()
export class JobsService {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  /** Jobs by name. */
  async list({ limit, cursor }: PageQuery): Promise<Page<JobView>> {
    const [after] = jobCursors.decode(cursor) ?? [];
    const rows = await listJobs(this.database, { after }, limit + 1);
    return jobCursors.page(rows, limit, ({ name }) => [name], jobView);
  }

  /** @throws JobNotFoundError */
  async find(name: string): Promise<JobView> {
    const [row] = await listJobs(this.database, { name }, 1);
    if (row === undefined) throw new JobNotFoundError();
    return jobView(row);
  }

  /**
   * The runs of a job, the last tick first.
   * @throws JobNotFoundError
   */
  async runs(name: string, { limit, cursor }: PageQuery): Promise<Page<JobRunView>> {
    await this.find(name);
    const [before] = runCursors.decode(cursor) ?? [];
    const from = before === undefined ? {} : { before: new Date(before) };
    const rows = await listJobRuns(this.database, name, from, limit + 1);
    return runCursors.page(rows, limit, ({ tick }) => [tick.getTime()], jobRunView);
  }

  /**
   * Asks for a run: a worker takes it up at once, or when the run under way is over. Returns the JSON text of its view; asked for twice
   * before it has begun, it is the same run.
   * @throws JobNotFoundError
   */
  run(request: ChangeRequest, name: string): Promise<string> {
    return this.changes.create(request, async (change): Promise<JobRunView> => {
      const [asked] = await change.manager.query<{ tick: Date }[]>(ASK_FOR_JOB_RUN, [name]);
      if (asked === undefined) throw new JobNotFoundError();
      const run = jobRunView({ ...QUEUED, tick: asked.tick });
      await change.audit({ action: 'job.requested', id: name, after: { tick: run.tick } });
      return run;
    });
  }
}

const QUEUED = {
  cause: 'manual',
  state: 'queued',
  started_at: null,
  finished_at: null,
  outcome: null,
  worker: null,
} as const;
