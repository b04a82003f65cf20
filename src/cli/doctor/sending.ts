import type { StatementRunner } from '../../database/database.js';
import { receivingSince } from '../../database/statements/heartbeat.js';
import { openDoubts, queueLanes } from '../../database/statements/queue-state.js';
import { routeHealth } from '../../database/statements/route-breaker.js';
import { routeView } from '../../messaging/route.view.js';
import { type Finding, Findings } from './finding.js';

/** How sending stands, from the database: routes, what waits, doubts, and whether reports can be received. */
export async function checkSending(runner: StatementRunner): Promise<Finding[]> {
  const findings = new Findings('sending');
  const routes = (await routeHealth(runner)).map(routeView);
  if (routes.length === 0) findings.warn('there is no route', 'nothing can be sent without one');
  for (const { name, state, reason, since } of routes) {
    if (state === 'open') findings.ok(`route ${name} is open`);
    else {
      const text = `route ${name} is ${state} since ${since ?? 'a while'}: ${reason ?? 'no reason was noted'}`;
      const advice = `put right what it says; then POST /v1/routes/${name}/reset opens it at once`;
      if (state === 'stopped') findings.fail(text, advice);
      else findings.warn(text, advice);
    }
  }
  const waiting = (await queueLanes(runner)).reduce((sum, { messages }) => sum + messages, 0);
  const { open } = await openDoubts(runner);
  findings.ok(`${waiting} messages wait, ${open} are in doubt`);
  const since = await receivingSince(runner);
  if (since === undefined)
    findings.warn('no callback process has shown lately that it can store reports', 'is the role callback running?');
  else findings.ok(`reports could be received all the while since ${new Date(since).toISOString()}`);
  return findings.all;
}
